// A template over the width, a lambda for the element, a local class for both.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
template <int width, class Each>
static int blocks(int n, Each each) {
  int i = 0;
  for (; i + width <= n; i += width)
    for (int k = 0; k < width; ++k) each(i + k);
  return i;
}

extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  struct Term {
    float a;
    float operator()(float u, float v) const { return a * u + v; }
  };
  const Term term{a};
  const int done = blocks<8>(n, [&](int i) { z[i] = term(x[i], y[i]); });
  blocks<1>(n - done, [&](int i) { z[done + i] = term(x[done + i], y[done + i]); });
}
