// The plan fills the output with zeros, two kernels add to it.
/* ridgeline
[[stage]]
[[stage.op]]
fill = "z"
value = 0
[[stage.op]]
launch = "add"
args = ["x", "z", "n", "a"]
[[stage.op]]
launch = "add"
args = ["y", "z", "n", { value = "1", type = "f32" }]
*/
extern "C" void add(const float* x, float* z, int n, float a) {
  for (int i = 0; i < n; ++i) z[i] += a * x[i];
}
