// All threads write one variable that nobody needs.
/* ridgeline
[build]
flags = ["-O2", "-fopenmp"]
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  int seen = 0;
#pragma omp parallel for
  for (int i = 0; i < n; ++i) {
    seen = i;
    z[i] = a * x[i] + y[i];
  }
  asm volatile("" ::"r"(seen));
}
