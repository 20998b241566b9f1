// Blocks of 48 points against blocks of 32, sums in registers.
/* ridgeline
[build]
flags = ["-O3", "-march=native"]
[[stage]]
[[stage.op]]
launch = "attract"
args = ["x", "f", "n", "soft"]
*/
extern "C" void attract(const float* x, float* f, int n, float soft) {
  for (int i0 = 0; i0 < n; i0 += 48) {
    float s[48] = {};
    const int im = i0 + 48 < n ? 48 : n - i0;
    for (int j0 = 0; j0 < n; j0 += 32)
      for (int j = j0; j < (j0 + 32 < n ? j0 + 32 : n); ++j)
        for (int i = 0; i < im; ++i) {
          const float d = x[j] - x[i0 + i];
          s[i] += d / (d * d + soft);
        }
    for (int i = 0; i < im; ++i) f[i0 + i] = s[i];
  }
}
