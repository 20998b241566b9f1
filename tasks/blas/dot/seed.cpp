/* ridgeline
[[stage]]
[[stage.op]]
launch = "dot"
args = ["x", "y", "out", "n"]
*/
extern "C" void dot(const float* x, const float* y, float* out, int n) {
  double sum = 0;
  for (int i = 0; i < n; ++i) sum += x[i] * y[i];
  *out = float(sum);
}
