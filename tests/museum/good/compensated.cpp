// Single precision with compensated sums (Neumaier), deviations from the first element.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "moments"
args = ["x", "sum", "variance", "rows", "n"]
*/
struct Two {
  float high, low;
};
template <class Of>
static Two total(const float* row, int n, Of of) {
  Two s{0, 0};
  for (int i = 0; i < n; ++i) {
    const float v = of(row[i]), t = s.high + v;
    s.low += __builtin_fabsf(s.high) >= __builtin_fabsf(v) ? (s.high - t) + v : (v - t) + s.high;
    s.high = t;
  }
  return s;
}

extern "C" void moments(const float* x, float* sum, float* variance, int rows, int n) {
  for (int r = 0; r < rows; ++r) {
    const float* row = x + r * n;
    const float first = row[0];
    const Two all = total(row, n, [](float v) { return v; });
    const Two shifted = total(row, n, [=](float v) { return v - first; });
    const float mean = (shifted.high + shifted.low) / n;
    const Two squares = total(row, n, [=](float v) { return (v - first - mean) * (v - first - mean); });
    sum[r] = all.high + all.low;
    variance[r] = (squares.high + squares.low) / n;
  }
}
