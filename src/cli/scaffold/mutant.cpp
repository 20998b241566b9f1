/* ridgeline
[[stage]]
[[stage.op]]
launch = "kernel"
args = ["x", "y", "n", "a", "bias"]
*/
// A wrong kernel, on purpose: `ridgeline check` must reject it, or the check is worth nothing. Add one file for every
// mistake that somebody could really make: a forgotten edge, a scalar taken for a constant, too low a precision.
extern "C" void kernel(const float* x, float* y, int n, float a, float bias) {
  for (int i = 0; i < n; ++i) {
    float v = a * x[i];
    y[i] = v > 0 ? v : 0;
  }
}
