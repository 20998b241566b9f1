// The resolver of an indirect function runs while the image is relocated.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
static int one(int i) {
  return i;
}
extern "C" int (*resolve_twice())(int) {
  return one;
}
extern "C" int twice(int) __attribute__((ifunc("resolve_twice")));

extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  twice(0);
  for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i];
}
