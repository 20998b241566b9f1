/* ridgeline
[[stage]]
[[stage.op]]
launch = "attract"
args = ["x", "f", "n", "soft"]
*/
extern "C" void attract(const float* x, float* f, int n, float soft) {
  for (int i = 0; i < n; ++i) {
    float s = 0;
    for (int j = 0; j < n; ++j) {
      const float d = x[j] - x[i];
      s += d / (d * d + soft);
    }
    f[i] = s;
  }
}
