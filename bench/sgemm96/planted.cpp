/* ridgeline
# The space of template.cpp and four more points, each of them a way to come out first without being right.
constraints = ["PLANTED == 0 || (BX == 32 && BY == 8 && TK == 16 && UNROLL == 0)"]

[tune]
BX     = [4, 8, 16, 32]
BY     = [1, 2, 4, 8]
TK     = [4, 8, 16]
UNROLL = [0, 1]
PLANTED = [0, 1, 2, 3, 4]      # 1 crashes, 2 hangs, 3 remembers its first answer, 4 scribbles over its input

[[stage]]
[[stage.op]]
launch = "sgemm"
args = ["a", "b", "c", "n"]
*/
#define N 128

#if PLANTED == 3
static float remembered[N * N];
static bool known;
#endif

extern "C" void sgemm(const float* __restrict a, const float* __restrict b, float* __restrict c, int) {
#if PLANTED == 1
  *(volatile float*)nullptr = 1;
#elif PLANTED == 2
  for (volatile bool on = true; on;) {
  }
#elif PLANTED == 3
  if (known) {
    for (int i = 0; i < N * N; ++i) c[i] = remembered[i];
    return;
  }
#elif PLANTED == 4
  const_cast<float*>(a)[0] = 0;
#endif
  for (int i = 0; i < N * N; ++i) c[i] = 0;
  for (int i0 = 0; i0 < N; i0 += BY)
    for (int k0 = 0; k0 < N; k0 += TK)
      for (int j0 = 0; j0 < N; j0 += BX)
        for (int i = i0; i < i0 + BY; ++i)
          for (int k = k0; k < k0 + TK; ++k) {
            const float left = a[i * N + k];
#if UNROLL
#pragma GCC unroll 4
#endif
            for (int j = j0; j < j0 + BX; ++j) c[i * N + j] += left * b[k * N + j];
          }
#if PLANTED == 3
  for (int i = 0; i < N * N; ++i) remembered[i] = c[i];
  known = true;
#endif
}
