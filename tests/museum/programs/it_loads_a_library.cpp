// It opens a library at run time, under a name that no scan would know.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
#include <dlfcn.h>

extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  char name[] = {'l', 'i', 'b', 'b', 'l', 'a', 's', '.', 's', 'o', '.', '3', 0};
  void* library = dlopen(name, 2);
  asm volatile("" ::"r"(library));
  for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i];
}
