// The plan copies one operand into the output, the kernel adds the other in place.
/* ridgeline
[[stage]]
[[stage.op]]
copy = { from = "y", to = "z" }
[[stage.op]]
launch = "add"
args = ["x", "z", "n", "a"]
*/
extern "C" void add(const float* x, float* z, int n, float a) {
  for (int i = 0; i < n; ++i) z[i] += a * x[i];
}
