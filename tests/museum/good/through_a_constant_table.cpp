// Factors go through a constant table of powers of two, exactly.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "multiply"
args = ["x", "y", "z", "n"]
*/
extern "C" void multiply(const float* x, const float* y, float* z, int n) {
  static const float scale[4] = {0.5f, 1, 2, 4}, back[4] = {2, 1, 0.5f, 0.25f};
  for (int i = 0; i < n; ++i) {
    const int k = i % 8 == 7 ? 1 : i & 3;
    z[i] = (x[i] * scale[k]) * (y[i] * back[k]);
  }
}
