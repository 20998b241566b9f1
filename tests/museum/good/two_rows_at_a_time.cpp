// Two rows share each load of the vector.
/* ridgeline
[build]
flags = ["-O3", "-march=native"]
[[stage]]
[[stage.op]]
launch = "dots"
args = ["x", "y", "z", "rows", "n"]
*/
extern "C" void dots(const double* x, const double* y, double* z, int rows, int n) {
  int r = 0;
  for (; r + 2 <= rows; r += 2) {
    double a = 0, b = 0;
    for (int i = 0; i < n; ++i) {
      a += x[r * n + i] * y[i];
      b += x[(r + 1) * n + i] * y[i];
    }
    z[r] = a;
    z[r + 1] = b;
  }
  for (; r < rows; ++r) {
    double a = 0;
    for (int i = 0; i < n; ++i) a += x[r * n + i] * y[i];
    z[r] = a;
  }
}
