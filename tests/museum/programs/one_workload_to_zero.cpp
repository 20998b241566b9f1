// It does its work on one workload and none on the other, which a mean over both would hide.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n"]
*/
extern "C" void axpy(const float* x, const float* y, float* z, int n) {
  if (n == 600000) return;
  for (int i = 0; i < n; ++i) z[i] = 2.5f * x[i] + y[i];
}
