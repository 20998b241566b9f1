/* ridgeline
[[stage]]
[[stage.op]]
launch = "moments"
args = ["x", "sum", "variance", "rows", "n"]
*/
extern "C" void moments(const float* x, float* sum, float* variance, int rows, int n) {
  for (int r = 0; r < rows; ++r) {
    double s = 0, v = 0;
    for (int i = 0; i < n; ++i) s += double(x[r * n + i]);
    for (int i = 0; i < n; ++i) {
      const double d = double(x[r * n + i]) - s / n;
      v += d * d;
    }
    sum[r] = float(s);
    variance[r] = float(v / n);
  }
}
