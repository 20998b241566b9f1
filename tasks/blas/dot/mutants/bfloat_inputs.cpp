/* ridgeline
[[stage]]
[[stage.op]]
launch = "dot"
args = ["x", "y", "out", "n"]
*/
// Wrong on purpose: the factors are cut to the upper half of their bits.
static float cut(float v) {
  unsigned bits;
  __builtin_memcpy(&bits, &v, 4);
  bits &= 0xffff0000u;
  __builtin_memcpy(&v, &bits, 4);
  return v;
}

extern "C" void dot(const float* x, const float* y, float* out, int n) {
  double sum = 0;
  for (int i = 0; i < n; ++i) sum += cut(x[i]) * cut(y[i]);
  *out = float(sum);
}
