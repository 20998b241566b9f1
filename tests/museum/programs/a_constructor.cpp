// A constructor runs before anything is confined or timed.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
static volatile int early;
__attribute__((constructor)) static void before() {
  early = 1;
}

extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i];
}
