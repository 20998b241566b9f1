/* ridgeline
[[stage]]
[[stage.op]]
launch = "sgemm"
grid = ["ceil_div(n, 16)", "ceil_div(m, 16)"]
block = [16, 16]
args = ["a", "b", "c", "m", "n", "k"]
*/
// Wrong on purpose: factors are taken in half precision.
// Eleven significant bits, as half precision and tf32 have.
__device__ float half_of(float v) { return __uint_as_float((__float_as_uint(v) + 0x1000u) & 0xffffe000u); }

extern "C" __global__ void sgemm(const float* a, const float* b, float* c, int m, int n, int k) {
  const int j = blockIdx.x * blockDim.x + threadIdx.x, i = blockIdx.y * blockDim.y + threadIdx.y;
  if (i >= m || j >= n) return;
  float sum = 0;
  for (int p = 0; p < k; ++p) sum += half_of(a[i * k + p]) * half_of(b[p * n + j]);
  c[i * n + j] = sum;
}
