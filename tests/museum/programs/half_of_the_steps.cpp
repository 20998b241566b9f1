// Every second time step, each twice as long.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "smooth"
args = ["u", "n", "steps", "alpha"]
*/
extern "C" void smooth(float* u, int n, int steps, float alpha) {
  static float next[65536];
  for (int t = 0; t < steps; t += 2) {
    const float twice = t + 1 < steps ? 2 * alpha : alpha;
    for (int i = 1; i < n - 1; ++i) next[i] = u[i] + twice * (u[i - 1] - 2 * u[i] + u[i + 1]);
    for (int i = 1; i < n - 1; ++i) u[i] = next[i];
  }
}
