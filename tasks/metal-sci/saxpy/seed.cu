/* ridgeline
[[stage]]
[[stage.op]]
launch = "saxpy"
grid = ["ceil_div(n, 256)"]
block = [256]
args = ["x", "y", "n", "a"]
*/
extern "C" __global__ void saxpy(const float* x, float* y, int n, float a) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] = a * x[i] + y[i];
}
