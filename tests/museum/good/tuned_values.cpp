// Tunables with other values than the default.
/* ridgeline
[tune]
TILE = [64, 100, 333]
UNROLL = { values = [1, 2, 5], default = 1 }
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  for (int at = 0; at < n; at += TILE) {
    const int end = at + TILE < n ? at + TILE : n;
    int i = at;
    for (; i + UNROLL <= end; i += UNROLL)
      for (int k = 0; k < UNROLL; ++k) z[i + k] = a * x[i + k] + y[i + k];
    for (; i < end; ++i) z[i] = a * x[i] + y[i];
  }
}
