// The compiler's vector types, over memory that is aligned to nothing but its elements.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
typedef float Eight __attribute__((vector_size(32), aligned(4), may_alias));

extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  int i = 0;
  for (; i + 8 <= n; i += 8) *(Eight*)(z + i) = a * *(const Eight*)(x + i) + *(const Eight*)(y + i);
  for (; i < n; ++i) z[i] = a * x[i] + y[i];
}
