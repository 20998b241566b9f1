/* ridgeline
[[stage]]
[[stage.op]]
launch = "saxpy"
args = ["x", "y", "n", "a"]
*/
// Wrong on purpose: elements after the last whole group of 16 are not updated (the published sizes have none).
extern "C" void saxpy(const float* x, float* y, int n, float a) {
  for (int i = 0; i < n / 16 * 16; ++i) y[i] = a * x[i] + y[i];
}
