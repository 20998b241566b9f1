// Sixteen elements by hand, then a tail.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  int i = 0;
#define ONE(k) z[i + k] = a * x[i + k] + y[i + k];
  for (; i + 16 <= n; i += 16) {
    ONE(0)
    ONE(1) ONE(2) ONE(3) ONE(4) ONE(5) ONE(6) ONE(7) ONE(8) ONE(9) ONE(10) ONE(11) ONE(12) ONE(13) ONE(14) ONE(15)
  }
  for (; i < n; ++i) z[i] = a * x[i] + y[i];
}
