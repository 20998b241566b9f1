/* ridgeline
[[stage]]
[[stage.op]]
launch = "sgemm"
grid = ["ceil_div(n, 16)", "ceil_div(m, 16)"]
block = [16, 16]
args = ["a", "b", "c", "m", "n", "k"]
*/
// Wrong on purpose: rows of B are taken to be k long.
extern "C" __global__ void sgemm(const float* a, const float* b, float* c, int m, int n, int k) {
  const int j = blockIdx.x * blockDim.x + threadIdx.x, i = blockIdx.y * blockDim.y + threadIdx.y;
  if (i >= m || j >= n) return;
  float sum = 0;
  for (int p = 0; p < k; ++p) sum += a[i * k + p] * (p * k + j < k * n ? b[p * k + j] : 0.0f);
  c[i * n + j] = sum;
}
