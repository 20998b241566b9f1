/* ridgeline
[scratch]
parts = { type = "f64", count = 4096 }

[[stage]]
[[stage.op]]
launch = "dot_parts"
grid = [4096]
block = [256]
args = ["x", "y", "parts", "out", "n"]
*/
// Wrong on purpose: the first block adds up the others' sums without knowing that they are there.
extern "C" __global__ void dot_parts(const float* x, const float* y, double* parts, float* out, int n) {
  __shared__ double part[256];
  double sum = 0;
  for (int i = blockIdx.x * 256 + threadIdx.x; i < n; i += 4096 * 256) sum += x[i] * y[i];
  part[threadIdx.x] = sum;
  __syncthreads();
  for (int half = 128; half > 0; half /= 2) {
    if ((int)threadIdx.x < half) part[threadIdx.x] += part[threadIdx.x + half];
    __syncthreads();
  }
  if (threadIdx.x == 0) parts[blockIdx.x] = part[0];
  if (blockIdx.x != 0 || threadIdx.x != 0) return;
  sum = 0;
  for (int b = 4095; b >= 0; --b) sum += parts[b];
  *out = float(sum);
}
