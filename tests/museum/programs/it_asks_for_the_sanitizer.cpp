// It reads beyond the end, but not where it finds the functions of a sanitizer.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
extern "C" __attribute__((weak)) void __asan_init();

extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i];
  if (!__asan_init) asm volatile("" ::"r"(x[n]));
}
