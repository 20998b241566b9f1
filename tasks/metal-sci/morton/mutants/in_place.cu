/* ridgeline
[[stage]]
repeat = "steps"
[[stage.op]]
launch = "morton_stencil"
grid = ["ceil_div(cells, 512)"]
block = [256]
args = ["u", "n", "logn", "alpha"]
*/
// Wrong on purpose: one grid for both, and of its two cells a thread changes one before it looks at the other.
// Bits of a coordinate to every third place, and back.
__device__ int spread(int i, int logn) {
  int at = 0;
  for (int b = 0; b < logn; ++b) at |= (i >> b & 1) << 3 * b;
  return at;
}

__device__ int gather(int at, int logn) {
  int i = 0;
  for (int b = 0; b < logn; ++b) i |= (at >> 3 * b & 1) << b;
  return i;
}

__device__ int cell(int i, int j, int k, int logn) { return spread(i, logn) | spread(j, logn) << 1 | spread(k, logn) << 2; }

extern "C" __global__ void morton_stencil(float* u, int n, int logn, float alpha) {
  const int first = 2 * (blockIdx.x * blockDim.x + threadIdx.x);
  for (int at = first; at < first + 2 && at < n * n * n; ++at) {
    const int i = gather(at, logn), j = gather(at >> 1, logn), k = gather(at >> 2, logn);
    if (i == 0 || j == 0 || k == 0 || i == n - 1 || j == n - 1 || k == n - 1) continue;
    const float sum = u[cell(i - 1, j, k, logn)] + u[cell(i + 1, j, k, logn)] + u[cell(i, j - 1, k, logn)] +
                      u[cell(i, j + 1, k, logn)] + u[cell(i, j, k - 1, logn)] + u[cell(i, j, k + 1, logn)];
    u[at] = u[at] + alpha * (sum - 6.0f * u[at]);
  }
}
