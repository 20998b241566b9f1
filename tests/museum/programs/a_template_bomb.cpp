// Templates without end.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
template <int N>
struct Deep {
  static const int value = Deep<N + 1>::value;
};

extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  for (int i = 0; i < n; ++i) z[i] = a * x[i] + y[i];
  z[0] += Deep<0>::value;
}
