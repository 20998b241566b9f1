/* ridgeline
[[stage]]
[[stage.op]]
launch = "dot"
args = ["x", "y", "out", "n"]
*/
// Wrong on purpose: sixteen accumulators in half precision.
extern "C" void dot(const float* x, const float* y, float* out, int n) {
  _Float16 part[16] = {};
  for (int i = 0; i < n; ++i) part[i % 16] = _Float16(float(part[i % 16]) + x[i] * y[i]);
  double sum = 0;
  for (int l = 0; l < 16; ++l) sum += double(float(part[l]));
  *out = float(sum);
}
