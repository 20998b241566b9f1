/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
grid = ["ceil_div(n, 256)"]
block = [256]
args = ["x", "y", "z", "n", "a"]
*/
extern "C" __global__ void axpy(const float* x, const float* y, float* z, int n, float a) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) z[i] = 2.5f * x[i] + y[i];
}
