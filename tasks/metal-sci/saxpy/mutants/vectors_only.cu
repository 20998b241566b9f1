/* ridgeline
[[stage]]
[[stage.op]]
launch = "saxpy"
grid = ["max(1, ceil_div(n // 4, 256))"]
block = [256]
args = ["x", "y", "n", "a"]
*/
// Wrong on purpose: four elements a thread, and nobody takes the last one to three.
extern "C" __global__ void saxpy(const float* x, float* y, int n, float a) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n / 4) return;
  const float4 p = ((const float4*)x)[i];
  float4& q = ((float4*)y)[i];
  q = make_float4(a * p.x + q.x, a * p.y + q.y, a * p.z + q.z, a * p.w + q.w);
}
