// It takes for granted that scratch memory begins as zeros.
/* ridgeline
[scratch]
change = { type = "f32", count = "n" }
[[stage]]
repeat = "steps"
[[stage.op]]
launch = "add"
args = ["u", "change", "n", "alpha"]
*/
extern "C" void add(float* u, float* change, int n, float alpha) {
  for (int i = 1; i < n - 1; ++i) change[i] += alpha * (u[i - 1] - 2 * u[i] + u[i + 1]);
  for (int i = 1; i < n - 1; ++i) {
    u[i] += change[i];
    change[i] = 0;
  }
}
