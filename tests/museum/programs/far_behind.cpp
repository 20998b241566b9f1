// It writes pages behind the end of its output.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i];
  for (int i = n; i < n + 8192; ++i) z[i] = 1;
}
