/* ridgeline
[[stage]]
[[stage.op]]
launch = "saxpy"
args = ["x", "y", "n", "a"]
*/
// Wrong on purpose: the product replaces y instead of being added.
extern "C" void saxpy(const float* x, float* y, int n, float a) {
  for (int i = 0; i < n; ++i) y[i] = a * x[i];
}
