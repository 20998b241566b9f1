// Steps in pairs by a loop of the plan, and a last one where their number is odd.
/* ridgeline
[scratch]
next = { type = "f32", count = "n" }
[[stage]]
[[stage.op]]
loop = "steps // 2"
[[stage.op.op]]
launch = "smooth"
args = ["u", "next", "n", "alpha"]
[[stage.op.op]]
launch = "smooth"
args = ["next", "u", "n", "alpha"]
[[stage]]
when = "steps % 2 == 1"
rotate = [["u", "next"]]
[[stage.op]]
launch = "smooth"
args = ["u", "next", "n", "alpha"]
*/
extern "C" void smooth(float* from, float* to, int n, float alpha) {
  to[0] = from[0];
  to[n - 1] = from[n - 1];
  for (int i = 1; i < n - 1; ++i) to[i] = from[i] + alpha * (from[i - 1] - 2 * from[i] + from[i + 1]);
}
