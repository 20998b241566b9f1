// The force of each pair is computed once and given to both, with opposite signs.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "attract"
args = ["x", "f", "n", "soft"]
*/
extern "C" void attract(const float* x, float* f, int n, float soft) {
  for (int i = 0; i < n; ++i) f[i] = 0;
  for (int i = 0; i < n; ++i)
    for (int j = i + 1; j < n; ++j) {
      const float d = x[j] - x[i], force = d / (d * d + soft);
      f[i] += force;
      f[j] -= force;
    }
}
