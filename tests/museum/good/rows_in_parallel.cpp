// Rows are shared out, and each thread has partial sums in an array of its own.
/* ridgeline
[build]
flags = ["-O2", "-fopenmp"]
[[stage]]
[[stage.op]]
launch = "moments"
args = ["x", "sum", "variance", "rows", "n"]
*/
extern "C" void moments(const float* x, float* sum, float* variance, int rows, int n) {
#pragma omp parallel for schedule(guided)
  for (int r = 0; r < rows; ++r) {
    double s[4] = {}, v[4] = {};
    for (int i = 0; i < n; ++i) s[i % 4] += x[r * n + i];
    const double mean = (s[0] + s[1] + s[2] + s[3]) / n;
    for (int i = 0; i < n; ++i) v[i % 4] += (x[r * n + i] - mean) * (x[r * n + i] - mean);
    sum[r] = float(s[0] + s[1] + s[2] + s[3]);
    variance[r] = float((v[0] + v[1] + v[2] + v[3]) / n);
  }
}
