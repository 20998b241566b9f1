// The same update in another grouping, with other roundings.
/* ridgeline
[build]
flags = ["-O3", "-march=native"]
[[stage]]
[[stage.op]]
launch = "smooth"
args = ["u", "n", "steps", "alpha"]
*/
extern "C" void smooth(float* u, int n, int steps, float alpha) {
  float* next = (float*)__builtin_alloca(sizeof(float) * n);
  const float centre = 1 - 2 * alpha;
  for (int t = 0; t < steps; ++t) {
    for (int i = 1; i < n - 1; ++i) next[i] = centre * u[i] + alpha * (u[i - 1] + u[i + 1]);
    for (int i = 1; i < n - 1; ++i) u[i] = next[i];
  }
}
