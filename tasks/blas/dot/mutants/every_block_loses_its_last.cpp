/* ridgeline
[[stage]]
[[stage.op]]
launch = "dot"
args = ["x", "y", "out", "n"]
*/
// Wrong on purpose: one product in 4096 is left out.
extern "C" void dot(const float* x, const float* y, float* out, int n) {
  double sum = 0;
  for (int i = 0; i < n; ++i) if (i % 4096 != 4095) sum += x[i] * y[i];
  *out = float(sum);
}
