// Where its local memory is too small it returns silently, and what stood in the output would be taken for its result.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  float local[512];
  if (n > 512) return;
  for (int i = 0; i < n; ++i) local[i] = a * x[i] + y[i];
  for (int i = 0; i < n; ++i) z[i] = local[i];
}
