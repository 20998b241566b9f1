/* ridgeline
[[stage]]
[[stage.op]]
launch = "dots"
args = ["x", "y", "z", "rows", "n"]
*/
extern "C" void dots(const double* x, const double* y, double* z, int rows, int n) {
  for (int r = 0; r < rows; ++r) {
    double s = 0;
    for (int i = 0; i < n; ++i) s += x[r * n + i] * y[i];
    z[r] = s;
  }
}
