// Duff's device: a switch into a loop.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  int i = 0;
  switch (n % 4) {
    do {
      z[i] = a * x[i] + y[i], ++i;
      [[fallthrough]];
      case 3:
        z[i] = a * x[i] + y[i], ++i;
        [[fallthrough]];
      case 2:
        z[i] = a * x[i] + y[i], ++i;
        [[fallthrough]];
      case 1:
        z[i] = a * x[i] + y[i], ++i;
        [[fallthrough]];
      case 0:;
    } while (i < n);
  }
}
