// The mean of squares less the square of the mean, which the offset of other draws destroys.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "moments"
args = ["x", "sum", "variance", "rows", "n"]
*/
extern "C" void moments(const float* x, float* sum, float* variance, int rows, int n) {
  for (int r = 0; r < rows; ++r) {
    double s = 0, squares = 0;
    for (int i = 0; i < n; ++i) {
      const float square = x[r * n + i] * x[r * n + i];
      s += double(x[r * n + i]);
      squares += double(square);
    }
    sum[r] = float(s);
    variance[r] = float(squares / n - s / n * (s / n));
  }
}
