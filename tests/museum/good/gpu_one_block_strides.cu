/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
grid = [1]
block = [128]
args = ["x", "y", "z", "n", "a"]
*/
// One block does everything.
extern "C" __global__ void axpy(const float* x, const float* y, float* z, int n, float a) {
  for (int i = threadIdx.x; i < n; i += blockDim.x) z[i] = a * x[i] + y[i];
}
