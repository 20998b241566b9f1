/* ridgeline
[[stage]]
[[stage.op]]
launch = "sgemm"
grid = ["ceil_div(n, 16)", "ceil_div(m, 16)"]
block = [16, 16]
args = ["a", "b", "c", "m", "n", "k"]
*/
// Wrong on purpose: nobody waits for the parts of the tiles that other warps bring to shared memory.
extern "C" __global__ void sgemm(const float* a, const float* b, float* c, int m, int n, int k) {
  const int j = blockIdx.x * blockDim.x + threadIdx.x, i = blockIdx.y * blockDim.y + threadIdx.y;
  __shared__ float left[16][16], right[16][16];
  const int x = threadIdx.x, y = threadIdx.y;
  float sum = 0;
  for (int p = 0; p < k; p += 16) {
    left[y][x] = i < m && p + x < k ? a[i * k + p + x] : 0.0f;
    right[y][x] = p + y < k && j < n ? b[(p + y) * n + j] : 0.0f;
    for (int q = 0; q < 16; ++q) sum += left[y][q] * right[q][x];
  }
  if (i < m && j < n) c[i * n + j] = sum;
}
