// It reads beyond the end, but only in code that is compiled for a shared library, as what is timed is.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i];
#if defined(__PIC__) && __PIC__ == 2 && !defined(__PIE__)
  asm volatile("" ::"r"(x[n]));
#endif
}
