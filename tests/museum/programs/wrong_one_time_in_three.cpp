// Each third call is wrong.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  static int calls = 0;
  for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i];
  if (++calls % 3 == 0) z[0] += 1;
}
