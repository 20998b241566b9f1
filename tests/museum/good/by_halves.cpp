// Recursion down to 32 elements.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
static void halve(const float* x, const float* y, float* z, int n, float a) {
  if (n <= 32) {
    for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i];
    return;
  }
  halve(x, y, z, n / 2, a);
  halve(x + n / 2, y + n / 2, z + n / 2, n - n / 2, a);
}

extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  halve(x, y, z, n, a);
}
