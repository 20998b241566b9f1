/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
grid = ["ceil_div(n + 1, 256)"]
block = [256]
args = ["x", "y", "z", "n", "a"]
*/
extern "C" __global__ void axpy(const float* x, const float* y, float* z, int n, float a) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i <= n) z[i] = i < n ? a * x[i] + y[i] : 0.0f;
}
