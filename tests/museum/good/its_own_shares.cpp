// OpenMP without a loop directive: each thread computes which share is its own.
/* ridgeline
[build]
flags = ["-O2", "-fopenmp"]
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
#include <omp.h>

extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
#pragma omp parallel
  {
    const int threads = omp_get_num_threads(), me = omp_get_thread_num();
    const int begin = int(long(n) * me / threads), end = int(long(n) * (me + 1) / threads);
    for (int i = begin; i < end; ++i) z[i] = a * x[i] + y[i];
  }
}
