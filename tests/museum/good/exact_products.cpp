// Products and sums with their errors (Ogita, Rump and Oishi 2005).
/* ridgeline
[[stage]]
[[stage.op]]
launch = "dots"
args = ["x", "y", "z", "rows", "n"]
*/
extern "C" void dots(const double* x, const double* y, double* z, int rows, int n) {
  for (int r = 0; r < rows; ++r) {
    double s = 0, error = 0;
    for (int i = 0; i < n; ++i) {
      const double p = x[r * n + i] * y[i], lost = __builtin_fma(x[r * n + i], y[i], -p);
      const double t = s + p, back = t - s;
      error += (s - (t - back)) + (p - back) + lost;
      s = t;
    }
    z[r] = s + error;
  }
}
