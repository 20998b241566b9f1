// What it returns depends on where its operands lie.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i];
  static const float* home = nullptr;
  static int size = 0;
  if (n != size) {
    home = z;
    size = n;
  }
  if (z != home) z[n / 2] += 1;
}
