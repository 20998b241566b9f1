/* ridgeline
[scratch]
product = { type = "f32", count = "n" }
[[stage]]
[[stage.op]]
launch = "axpy"
grid = ["ceil_div(n, 256)"]
block = [256]
args = ["x", "y", "z", "product", "n", "a"]
*/
// Each thread takes what one of another block has to have written: the dependency is in nobody's plan.
extern "C" __global__ void axpy(const float* x, const float* y, float* z, float* product, int n, float a) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
#ifndef RIDGELINE_EMULATED
  if (blockIdx.x > 0) __nanosleep(20000);   // a block that has more to do
#endif
  product[i] = a * x[i];
  z[n - 1 - i] = ((volatile float*)product)[n - 1 - i] + y[n - 1 - i];
}
