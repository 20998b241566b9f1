// Welford's update, in one pass.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "moments"
args = ["x", "sum", "variance", "rows", "n"]
*/
extern "C" void moments(const float* x, float* sum, float* variance, int rows, int n) {
  for (int r = 0; r < rows; ++r) {
    double mean = 0, m2 = 0, s = 0;
    for (int i = 0; i < n; ++i) {
      const double v = x[r * n + i], before = v - mean;
      s += v;
      mean += before / (i + 1);
      m2 += before * (v - mean);
    }
    sum[r] = float(s);
    variance[r] = float(m2 / n);
  }
}
