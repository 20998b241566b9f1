/* ridgeline
[[stage]]
[[stage.op]]
launch = "dot"
args = ["x", "y", "out", "n"]
*/
// Wrong on purpose: the factors are rounded to half precision.
extern "C" void dot(const float* x, const float* y, float* out, int n) {
  double sum = 0;
  for (int i = 0; i < n; ++i) sum += float(_Float16(x[i])) * float(_Float16(y[i]));
  *out = float(sum);
}
