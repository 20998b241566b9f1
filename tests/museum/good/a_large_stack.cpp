// All steps in one launch, between two large arrays on the stack.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "smooth"
args = ["u", "n", "steps", "alpha"]
*/
extern "C" void smooth(float* u, int n, int steps, float alpha) {
  static_assert(sizeof(float) * 2 * 65536 == 524288);
  float line[2][65536];
  for (int i = 0; i < n; ++i) line[0][i] = u[i];
  for (int t = 0; t < steps; ++t) {
    const float* from = line[t % 2];
    float* to = line[(t + 1) % 2];
    to[0] = from[0];
    to[n - 1] = from[n - 1];
    for (int i = 1; i < n - 1; ++i) to[i] = from[i] + alpha * (from[i - 1] - 2 * from[i] + from[i + 1]);
  }
  for (int i = 0; i < n; ++i) u[i] = line[steps % 2][i];
}
