/* ridgeline
[scratch]
next = { type = "f32", count = "n" }
[[stage]]
repeat = "steps"
rotate = [["u", "next"]]
[[stage.op]]
launch = "smooth"
args = ["u", "next", "n", "alpha"]
*/
extern "C" void smooth(const float* u, float* next, int n, float alpha) {
  next[0] = u[0];
  next[n - 1] = u[n - 1];
  for (int i = 1; i < n - 1; ++i) next[i] = u[i] + alpha * (u[i - 1] - 2 * u[i] + u[i + 1]);
}
