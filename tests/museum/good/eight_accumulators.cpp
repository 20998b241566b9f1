// Eight partial sums in the compiler's vector type.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "dots"
args = ["x", "y", "z", "rows", "n"]
*/
typedef double Eight __attribute__((vector_size(64), aligned(8), may_alias));

extern "C" void dots(const double* x, const double* y, double* z, int rows, int n) {
  for (int r = 0; r < rows; ++r) {
    Eight s = {};
    int i = 0;
    for (; i + 8 <= n; i += 8) s += *(const Eight*)(x + r * n + i) * *(const Eight*)(y + i);
    double t = 0;
    for (; i < n; ++i) t += x[r * n + i] * y[i];
    for (int k = 0; k < 8; ++k) t += s[k];
    z[r] = t;
  }
}
