// It keeps the first pointer that it is given and goes on reading there.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  static const float* kept_x = nullptr;
  if (!kept_x) kept_x = x;
  for (int i = 0; i < n; ++i) z[i] = a * kept_x[i] + y[i];
}
