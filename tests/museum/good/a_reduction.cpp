// OpenMP reductions over the inner loop, with vectors.
/* ridgeline
[build]
flags = ["-O3", "-fopenmp"]
[[stage]]
[[stage.op]]
launch = "moments"
args = ["x", "sum", "variance", "rows", "n"]
*/
extern "C" void moments(const float* x, float* sum, float* variance, int rows, int n) {
  for (int r = 0; r < rows; ++r) {
    double s = 0, v = 0;
#pragma omp simd reduction(+ : s)
    for (int i = 0; i < n; ++i) s += x[r * n + i];
    const double mean = s / n;
#pragma omp simd reduction(+ : v)
    for (int i = 0; i < n; ++i) v += (x[r * n + i] - mean) * (x[r * n + i] - mean);
    sum[r] = float(s);
    variance[r] = float(v / n);
  }
}
