/* ridgeline
[scratch]
next = { type = "f32", count = "cells" }

[[stage]]
repeat = "steps"
rotate = [["u", "next"]]
[[stage.op]]
launch = "morton_stencil"
args = ["u", "next", "n", "logn", "alpha"]
*/
// Wrong on purpose: the index of the neighbour to the right is made without a carry out of the lowest bit.
// Bits of a coordinate to every third place.
static int spread(int i, int logn) {
  int at = 0;
  for (int b = 0; b < logn; ++b) at |= (i >> b & 1) << 3 * b;
  return at;
}

static int row(int j, int k, int logn) { return spread(j, logn) << 1 | spread(k, logn) << 2; }

extern "C" void morton_stencil(float* u, float* next, int n, int logn, float alpha) {
  for (int k = 0; k < n; ++k) {
    for (int j = 0; j < n; ++j) {
      const int here = row(j, k, logn);
      const bool face = j == 0 || k == 0 || j == n - 1 || k == n - 1;
      const int north = face ? 0 : row(j - 1, k, logn), south = face ? 0 : row(j + 1, k, logn);
      const int below = face ? 0 : row(j, k - 1, logn), above = face ? 0 : row(j, k + 1, logn);
      int left = 0, x = 0, right = spread(1, logn);
      for (int i = 0; i < n; ++i) {
        const int at = x | here;
        if (face || i == 0 || i == n - 1) {
          next[at] = u[at];
        } else {
          const float sum = u[left | here] + u[(i % 2 == 1 ? spread(i - 1, logn) : right) | here] + u[x | north] + u[x | south] + u[x | below] + u[x | above];
          next[at] = u[at] + alpha * (sum - 6.0f * u[at]);
        }
        left = x;
        x = right;
        right = spread(i + 2, logn);
      }
    }
  }
}
