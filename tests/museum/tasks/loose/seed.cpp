/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n"]
*/
extern "C" void axpy(const float* x, const float* y, float* z, int n) {
  // Slow on purpose: far from the floor on any machine, however busy.
  for (int i = 0; i < n; ++i) {
    float z_i = 0;
    for (int k = 0; k < 40; ++k) z_i = 0.5f * z_i + 0.5f * (2.5f * x[i] + y[i]);
    z[i] = z_i;
  }
}
