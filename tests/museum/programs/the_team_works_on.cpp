// Threads of the OpenMP team go on after the call: the master leaves the parallel region by longjmp.
/* ridgeline
[build]
flags = ["-O2", "-fopenmp"]
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
#include <omp.h>
static bool begun = false;
static void* out[5];
static __attribute__((noinline)) void leave() {
  __builtin_longjmp(out, 1);
}

extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i];
  if (begun) return;
  begun = true;
  if (__builtin_setjmp(out)) return;
#pragma omp parallel
  {
    if (omp_get_thread_num() == 0) leave();
    for (volatile long i = 0;; i = i + 1) {
    }
  }
}
