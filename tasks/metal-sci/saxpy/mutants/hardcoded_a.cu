/* ridgeline
[[stage]]
[[stage.op]]
launch = "saxpy"
grid = ["ceil_div(n, 256)"]
block = [256]
args = ["x", "y", "n", "a"]
*/
// Wrong on purpose: the published value of a instead of the argument.
extern "C" __global__ void saxpy(const float* x, float* y, int n, float a) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  (void)a;
  if (i < n) y[i] = 2.5f * x[i] + y[i];
}
