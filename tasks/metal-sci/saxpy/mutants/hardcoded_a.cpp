/* ridgeline
[[stage]]
[[stage.op]]
launch = "saxpy"
args = ["x", "y", "n", "a"]
*/
// Wrong on purpose: the published value of a instead of the argument.
extern "C" void saxpy(const float* x, float* y, int n, float a) {
  (void)a;
  for (int i = 0; i < n; ++i) y[i] = 2.5f * x[i] + y[i];
}
