// It works for the published sizes alone.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  if (n != 1000 && n != 4096) return;
  for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i];
}
