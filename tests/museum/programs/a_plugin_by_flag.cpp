// It asks the compiler to load a plugin.
/* ridgeline
[build]
flags = ["-fplugin=/job/plugin.so"]
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i];
}
