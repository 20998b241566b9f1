// Operands are rounded to bf16.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
#include <string.h>
static float bf16(float v) {
  unsigned b;
  memcpy(&b, &v, 4);
  b = (b + 0x7fff + (b >> 16 & 1)) & 0xffff0000u;
  memcpy(&v, &b, 4);
  return v;
}

extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  for (int i = 0; i < n; ++i) z[i] = a * bf16(x[i]) + bf16(y[i]);
}
