/* ridgeline
[[stage]]
[[stage.op]]
launch = "saxpy"
args = ["x", "y", "n", "a"]
*/
// Wrong on purpose: x goes through half precision.
extern "C" void saxpy(const float* x, float* y, int n, float a) {
  for (int i = 0; i < n; ++i) y[i] = a * float(_Float16(x[i])) + y[i];
}
