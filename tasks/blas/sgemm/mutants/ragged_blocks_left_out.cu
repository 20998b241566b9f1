/* ridgeline
[[stage]]
[[stage.op]]
launch = "sgemm"
grid = ["max(1, n // 16)", "max(1, m // 16)"]
block = [16, 16]
args = ["a", "b", "c", "m", "n", "k"]
*/
// Wrong on purpose: there are no blocks for what is left after the last whole ones.
extern "C" __global__ void sgemm(const float* a, const float* b, float* c, int m, int n, int k) {
  const int j = blockIdx.x * blockDim.x + threadIdx.x, i = blockIdx.y * blockDim.y + threadIdx.y;
  if (i >= m || j >= n) return;
  float sum = 0;
  for (int p = 0; p < k; ++p) sum += a[i * k + p] * b[p * n + j];
  c[i * n + j] = sum;
}
