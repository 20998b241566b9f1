/* ridgeline
[[stage]]
repeat = "steps"
[[stage.op]]
launch = "heat_step"
args = ["u", "nx", "ny", "alpha"]
*/
// Wrong on purpose: rows are written where later ones still have to read the old values.
extern "C" void heat_step(float* u, int nx, int ny, float alpha) {
  for (int j = 0; j < ny; ++j) {
    for (int i = 0; i < nx; ++i) {
      const int at = j * nx + i;
      if (i == 0 || j == 0 || i == nx - 1 || j == ny - 1) {
        continue;
      } else {
        u[at] = u[at] + alpha * (u[at - 1] + u[at + 1] + u[at - nx] + u[at + nx] - 4.0f * u[at]);
      }
    }
  }
}
