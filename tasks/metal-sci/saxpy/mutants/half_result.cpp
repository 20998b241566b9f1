/* ridgeline
[[stage]]
[[stage.op]]
launch = "saxpy"
args = ["x", "y", "n", "a"]
*/
// Wrong on purpose: results go through half precision.
extern "C" void saxpy(const float* x, float* y, int n, float a) {
  for (int i = 0; i < n; ++i) y[i] = float(_Float16(a * x[i] + y[i]));
}
