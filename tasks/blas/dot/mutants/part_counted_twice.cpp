/* ridgeline
[[stage]]
[[stage.op]]
launch = "dot"
args = ["x", "y", "out", "n"]
*/
// Wrong on purpose: the first group of 64 is added twice.
extern "C" void dot(const float* x, const float* y, float* out, int n) {
  double sum = 0;
  for (int i = 0; i < n; ++i) sum += x[i] * y[i];
  for (int i = 0; i < 64 && i < n; ++i) sum += x[i] * y[i];
  *out = float(sum);
}
