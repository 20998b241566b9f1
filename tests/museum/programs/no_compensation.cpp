// A long sum in single precision without compensation.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "moments"
args = ["x", "sum", "variance", "rows", "n"]
*/
extern "C" void moments(const float* x, float* sum, float* variance, int rows, int n) {
  for (int r = 0; r < rows; ++r) {
    float s = 0, v = 0;
    for (int i = 0; i < n; ++i) s += x[r * n + i];
    for (int i = 0; i < n; ++i) v += (x[r * n + i] - s / n) * (x[r * n + i] - s / n);
    sum[r] = s;
    variance[r] = v / n;
  }
}
