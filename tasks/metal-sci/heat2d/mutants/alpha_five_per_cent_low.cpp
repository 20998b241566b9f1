/* ridgeline
[scratch]
next = { type = "f32", count = "cells" }

[[stage]]
repeat = "steps"
rotate = [["u", "next"]]
[[stage.op]]
launch = "heat_step"
args = ["u", "next", "nx", "ny", "alpha"]
*/
// Wrong on purpose: the coefficient is five per cent too small.
extern "C" void heat_step(float* u, float* next, int nx, int ny, float alpha) {
  for (int j = 0; j < ny; ++j) {
    for (int i = 0; i < nx; ++i) {
      const int at = j * nx + i;
      if (i == 0 || j == 0 || i == nx - 1 || j == ny - 1) {
        next[at] = u[at];
      } else {
        next[at] = u[at] + 0.95f * alpha * (u[at - 1] + u[at + 1] + u[at - nx] + u[at + nx] - 4.0f * u[at]);
      }
    }
  }
}
