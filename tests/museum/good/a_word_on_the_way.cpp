// It prints a line the first time: unusual, and nobody's business.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
#include <stdio.h>

extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  static bool said = false;
  if (!said) puts("axpy begins");
  said = true;
  for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i];
}
