/* ridgeline
[[stage]]
[[stage.op]]
launch = "dot"
args = ["x", "y", "out", "n"]
*/
// Wrong on purpose: the sum of the squares of x.
extern "C" void dot(const float* x, const float*, float* out, int n) {
  double sum = 0;
  for (int i = 0; i < n; ++i) sum += x[i] * x[i];
  *out = float(sum);
}
