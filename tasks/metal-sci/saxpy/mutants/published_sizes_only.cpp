/* ridgeline
[[stage]]
[[stage.op]]
launch = "saxpy"
args = ["x", "y", "n", "a"]
*/
// Wrong on purpose: right for the four published sizes, nothing is done for others.
extern "C" void saxpy(const float* x, float* y, int n, float a) {
  if (n != 1 << 20 && n != 1 << 22 && n != 1 << 24 && n != 1 << 26) return;
  for (int i = 0; i < n; ++i) y[i] = a * x[i] + y[i];
}
