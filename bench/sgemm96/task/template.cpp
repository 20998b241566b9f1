/* ridgeline
[tune]
BX     = [4, 8, 16, 32]
BY     = [1, 2, 4, 8]
TK     = [4, 8, 16]
UNROLL = [0, 1]

[[stage]]
[[stage.op]]
launch = "sgemm"
args = ["a", "b", "c", "n"]
*/
#define N 128

extern "C" void sgemm(const float* __restrict a, const float* __restrict b, float* __restrict c, int) {
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
}
