/* ridgeline
[[stage]]
[[stage.op]]
launch = "dot"
args = ["x", "y", "out", "n"]
*/
// Wrong on purpose: elements after the last whole group of 64 are left out.
extern "C" void dot(const float* x, const float* y, float* out, int n) {
  double sum = 0;
  for (int i = 0; i < n / 64 * 64; ++i) sum += x[i] * y[i];
  *out = float(sum);
}
