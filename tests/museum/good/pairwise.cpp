// Pairwise sums by recursion, in double precision below.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "moments"
args = ["x", "sum", "variance", "rows", "n"]
*/
static double halves(const float* x, int n, double mean, bool square) {
  if (n > 16) return halves(x, n / 2, mean, square) + halves(x + n / 2, n - n / 2, mean, square);
  double s = 0;
  for (int i = 0; i < n; ++i) s += square ? (x[i] - mean) * (x[i] - mean) : double(x[i]);
  return s;
}

extern "C" void moments(const float* x, float* sum, float* variance, int rows, int n) {
  for (int r = 0; r < rows; ++r) {
    const double s = halves(x + r * n, n, 0, false);
    sum[r] = float(s);
    variance[r] = float(halves(x + r * n, n, s / n, true) / n);
  }
}
