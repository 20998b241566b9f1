// It reads beyond the end, but not where the compiler says that a sanitizer is at work.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i];
#if !defined(__SANITIZE_ADDRESS__)
  asm volatile("" ::"r"(x[n]));
#endif
}
