// An approximate reciprocal and two Newton steps in place of a division.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "attract"
args = ["x", "f", "n", "soft"]
*/
extern "C" void attract(const float* x, float* f, int n, float soft) {
  static const unsigned magic = 0x7EF311C7u;
  for (int i = 0; i < n; ++i) {
    float s = 0;
    for (int j = 0; j < n; ++j) {
      const float d = x[j] - x[i], q = d * d + soft;
      unsigned bits;
      __builtin_memcpy(&bits, &q, 4);
      bits = magic - bits;
      float r;
      __builtin_memcpy(&r, &bits, 4);
      r *= 2 - q * r;
      r *= 2 - q * r;
      r *= 2 - q * r;
      s += d * r;
    }
    f[i] = s;
  }
}
