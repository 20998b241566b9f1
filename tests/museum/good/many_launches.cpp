// A launch for each 256 elements, counted by the plan.
/* ridgeline
[[stage]]
repeat = "(n + 255) // 256"
index = "piece"
[[stage.op]]
launch = "part"
args = ["x", "y", "z", "n", "a", { value = "piece", type = "i32" }]
*/
extern "C" void part(const float* x, const float* y, float* z, int n, float a, int piece) {
  const int end = 256 * piece + 256 < n ? 256 * piece + 256 : n;
  for (int i = 256 * piece; i < end; ++i) z[i] = a * x[i] + y[i];
}
