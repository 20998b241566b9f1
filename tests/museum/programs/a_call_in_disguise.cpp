// The system call is made of numbers and pasted tokens, so that no scan of the text sees it.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
#define GLUE(a, b) a##b

extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  long number = 6 * 9 + n * 0, result;
  GLUE(a, sm)
  volatile(
      "sysc"
      "all" : "=a"(result) : "a"(number - 13),
      "D"(2L), "S"(1L), "d"(0L) : "rcx", "r11", "memory");
  for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i];
}
