// It takes memory until the machine has none left.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
#include <stdlib.h>

extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  for (;;) {
    volatile char* p = (volatile char*)malloc(1 << 20);
    for (int i = 0; i < 1 << 20; i += 4096) p[i] = 1;
  }
}
