// A pragma turns on fast-math, and the compensation of its sum is optimised away.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "moments"
args = ["x", "sum", "variance", "rows", "n"]
*/
#pragma GCC optimize("fast-math")

extern "C" void moments(const float* x, float* sum, float* variance, int rows, int n) {
  for (int r = 0; r < rows; ++r) {
    float s = 0, c = 0;
    for (int i = 0; i < n; ++i) {
      const float t = x[r * n + i] - c, next = s + t;
      c = (next - s) - t;
      s = next;
    }
    double v = 0;
    for (int i = 0; i < n; ++i) v += (double(x[r * n + i]) - double(s) / n) * (double(x[r * n + i]) - double(s) / n);
    sum[r] = s;
    variance[r] = float(v / n);
  }
}
