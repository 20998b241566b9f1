// Non-temporal stores, with scalar ends around the aligned middle.
/* ridgeline
[[stage]]
[[stage.op]]
launch = "axpy"
args = ["x", "y", "z", "n", "a"]
*/
#include <xmmintrin.h>

extern "C" void axpy(const float* x, const float* y, float* z, int n, float a) {
  int i = 0;
  for (; i < n && (unsigned long)(z + i) % 16; ++i) z[i] = a * x[i] + y[i];
  const __m128 scale = _mm_set1_ps(a);
  for (; i + 4 <= n; i += 4)
    _mm_stream_ps(z + i, _mm_add_ps(_mm_mul_ps(scale, _mm_loadu_ps(x + i)), _mm_loadu_ps(y + i)));
  for (; i < n; ++i) z[i] = a * x[i] + y[i];
  _mm_sfence();
}
