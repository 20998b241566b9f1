// It visits every seventh element, seven times.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  for (int s = 0; s < 7; ++s)
    for (int i = s; i < n; i += 7) z[i] = a * x[i] + y[i];
}
