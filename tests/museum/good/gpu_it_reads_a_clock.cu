/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
grid = ["ceil_div(n, 256)"]
block = [256]
args = ["x", "y", "z", "n", "a"]
*/
// It reads the clock and does nothing with it.
extern "C" __global__ void axpy(const float* x, const float* y, float* z, int n, float a) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
#ifndef RIDGELINE_EMULATED
  const long long now = clock64();
#else
  const long long now = 1;
#endif
  if (i < n) z[i] = now == 0 ? 0.0f : a * x[i] + y[i];
}
