/* ridgeline
[[stage]]
[[stage.op]]
launch = "saxpy"
args = ["x", "y", "n", "a"]
*/
// Wrong on purpose: neighbouring parts overlap by one element, which is updated twice.
extern "C" void saxpy(const float* x, float* y, int n, float a) {
  for (int from = 0; from < n; from += 4096)
    for (int i = from; i < n && i <= from + 4096; ++i) y[i] = a * x[i] + y[i];
}
