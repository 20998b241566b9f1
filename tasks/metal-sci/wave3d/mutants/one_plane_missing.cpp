/* ridgeline
[scratch]
next = { type = "f32", count = "cells" }

[[stage]]
repeat = "steps"
rotate = [["prev", "u", "next"]]
[[stage.op]]
launch = "wave_step"
args = ["prev", "u", "next", "nx", "ny", "nz", "alpha"]
*/
// Wrong on purpose: the neighbour above is not above but the one below once more.
extern "C" void wave_step(float* prev, float* u, float* next, int nx, int ny, int nz, float alpha) {
  const long plane = long(nx) * ny;
  for (int k = 0; k < nz; ++k) {
    for (int j = 0; j < ny; ++j) {
      for (int i = 0; i < nx; ++i) {
        const long at = k * plane + long(j) * nx + i;
        if (i == 0 || j == 0 || k == 0 || i == nx - 1 || j == ny - 1 || k == nz - 1) {
          next[at] = u[at];
        } else {
          const float sum = u[at - 1] + u[at + 1] + u[at - nx] + u[at + nx] + 2.0f * u[at - plane];
          next[at] = 2.0f * u[at] - prev[at] + alpha * (sum - 6.0f * u[at]);
        }
      }
    }
  }
}
