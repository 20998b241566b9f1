// The mean of squares less the square of the mean, which the offset of other draws destroys.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "moments"
args = ["x", "sum", "variance", "rows", "n"]
*/
extern "C" void moments(const float* x, float* sum, float* variance, int rows, int n) {
  for (int r = 0; r < rows; ++r) {
    double s = 0;
    float squares = 0;
    for (int i = 0; i < n; ++i) {
      s += double(x[r * n + i]);
      squares += x[r * n + i] * x[r * n + i];
    }
    const float mean = float(s) / n;
    sum[r] = float(s);
    variance[r] = squares / n - mean * mean;
  }
}
