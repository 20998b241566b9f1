/* ridgeline
[[stage]]
[[stage.op]]
launch = "saxpy"
args = ["x", "y", "n", "a"]
*/
// Wrong on purpose: a multiplies y.
extern "C" void saxpy(const float* x, float* y, int n, float a) {
  for (int i = 0; i < n; ++i) y[i] = x[i] + a * y[i];
}
