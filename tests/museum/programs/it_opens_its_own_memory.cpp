// It opens /proc/self/mem, which ignores page protections.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
#include <fcntl.h>

extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  int f = open("/proc/self/mem", O_RDWR);
  asm volatile("" ::"r"(f));
  for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i];
}
