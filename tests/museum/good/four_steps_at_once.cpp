// Temporal blocking: four steps over tiles with halos that are computed twice.
/* ridgeline
[scratch]
next = { type = "f32", count = "n" }
[[stage]]
repeat = "(steps + 3) // 4"
index = "pass"
rotate = [["u", "next"]]
[[stage.op]]
launch = "four"
args = ["u", "next", "n", "steps", "alpha", { value = "pass", type = "i32" }]
*/
extern "C" void four(const float* u, float* next, int n, int steps, float alpha, int pass) {
  constexpr int tile = 120, halo = 4;
  const int depth = steps - 4 * pass < 4 ? steps - 4 * pass : 4;
  for (int at = 0; at < n; at += tile) {
    float a[tile + 2 * halo], b[tile + 2 * halo];
    const int begin = at - halo > 0 ? at - halo : 0;
    const int end = at + tile + halo < n ? at + tile + halo : n, m = end - begin;
    for (int i = 0; i < m; ++i) a[i] = u[begin + i];
    for (int t = 0; t < depth; ++t) {
      b[0] = a[0];
      b[m - 1] = a[m - 1];
      for (int i = 1; i < m - 1; ++i) b[i] = a[i] + alpha * (a[i - 1] - 2 * a[i] + a[i + 1]);
      for (int i = 0; i < m; ++i) a[i] = b[i];
    }
    for (int i = at; i < (at + tile < n ? at + tile : n); ++i) next[i] = a[i - begin];
  }
}
