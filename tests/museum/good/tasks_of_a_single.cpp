// OpenMP tasks that one thread makes for the team.
/* ridgeline
[build]
flags = ["-O2", "-fopenmp"]
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
#pragma omp parallel
#pragma omp single
  for (int at = 0; at < n; at += 512) {
#pragma omp task firstprivate(at)
    for (int i = at; i < (at + 512 < n ? at + 512 : n); ++i) z[i] = a * x[i] + y[i];
  }
}
