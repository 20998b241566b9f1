// Two kernels, of which the plan chooses one by size.
/* ridgeline
[[stage]]
when = "n < 2000"
[[stage.op]]
launch = "small"
args = ["x", "y", "z", "n", "a"]
[[stage]]
when = "n >= 2000"
[[stage.op]]
launch = "large"
args = ["x", "y", "z", "n", "a"]
*/
extern "C" void small(const float* x, const float* y, float* z, int n, float a) {
  for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i];
}

extern "C" void large(const float* x, const float* y, float* z, int n, float a) {
  int i = 0;
  for (; i + 4 <= n; i += 4)
    for (int k = 0; k < 4; ++k) z[i + k] = a * x[i + k] + y[i + k];
  for (; i < n; ++i) z[i] = a * x[i] + y[i];
}
