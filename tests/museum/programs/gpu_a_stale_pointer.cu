/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
grid = ["ceil_div(n, 256)"]
block = [256]
args = ["x", "y", "z", "n", "a"]
*/
// It keeps the first address that it was given, as a graph would that was captured once and replayed for ever.
__device__ float* first;
extern "C" __global__ void axpy(const float* x, const float* y, float* z, int n, float a) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (first == 0) first = z;
  if (i < n) first[i] = a * x[i] + y[i];
}
