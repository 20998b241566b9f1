// It goes backwards.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  for (int i = n; i-- > 0;) z[i] = a * x[i] + y[i];
}
