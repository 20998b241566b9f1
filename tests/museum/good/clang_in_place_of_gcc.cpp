// Another compiler.
/* ridgeline
[build]
compilers = ["clang++"]
flags = ["-O3"]
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
#pragma clang loop vectorize_width(4) interleave_count(2)
  for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i];
}
