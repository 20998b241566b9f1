/* ridgeline
[scratch]
next = { type = "f32", count = "cells" }

[[stage]]
repeat = "steps"
rotate = [["u", "next"]]
[[stage.op]]
launch = "morton_stencil"
grid = ["ceil_div(cells, 256)"]
block = [256]
args = ["u", "next", "n", "logn", "alpha"]
*/
// Wrong on purpose: the published value of alpha instead of the argument.
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

extern "C" __global__ void morton_stencil(float* u, float* next, int n, int logn, float alpha) {
  const int at = blockIdx.x * blockDim.x + threadIdx.x;
  if (at >= n * n * n) return;
  const int i = gather(at, logn), j = gather(at >> 1, logn), k = gather(at >> 2, logn);
  if (i == 0 || j == 0 || k == 0 || i == n - 1 || j == n - 1 || k == n - 1) {
    next[at] = u[at];
    return;
  }
  const float sum = u[cell(i - 1, j, k, logn)] + u[cell(i + 1, j, k, logn)] + u[cell(i, j - 1, k, logn)] + u[cell(i, j + 1, k, logn)] +
                    u[cell(i, j, k - 1, logn)] + u[cell(i, j, k + 1, logn)];
  next[at] = u[at] + 0.1f * (sum - 6.0f * u[at]);
}
