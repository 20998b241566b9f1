// Double precision is asked for, single precision is used.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "dots"
args = ["x", "y", "z", "rows", "n"]
*/
extern "C" void dots(const double* x, const double* y, double* z, int rows, int n) {
  for (int r = 0; r < rows; ++r) {
    float s = 0;
    for (int i = 0; i < n; ++i) s += float(x[r * n + i]) * float(y[i]);
    z[r] = s;
  }
}
