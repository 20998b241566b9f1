/* ridgeline
[tune]
WIDE   = [8, 16, 4]          # floats in a vector
UNROLL = [4, 1, 2, 8]        # vectors in flight
AHEAD  = [0, 512, 2048]      # software prefetch distance in floats; 0: left to the hardware
STREAM = [0, 1]              # 1: stores go past the cache
SHARED = [1, 0]              # 1: all cores, each a contiguous part

[build]
flags = ["-O3", "-march=native", "-fopenmp"]

[[stage]]
[[stage.op]]
launch = "saxpy"
workers = "SHARED == 1 && n >= 65536 ? dev.cores : 1"
args = ["x", "y", "n", "a"]
*/
typedef float Vec __attribute__((vector_size(4 * WIDE), may_alias));

static inline void store(float* to, Vec v) {
#if STREAM && defined(__clang__)
  __builtin_nontemporal_store(v, (Vec*)to);
#elif STREAM && WIDE == 16 && defined(__AVX512F__)
  __builtin_ia32_movntps512(to, v);
#elif STREAM && WIDE == 8 && defined(__AVX__)
  __builtin_ia32_movntps256(to, v);
#elif STREAM && WIDE == 4 && defined(__SSE__)
  __builtin_ia32_movntps(to, v);
#else
  *(Vec*)to = v;
#endif
}

extern "C" int omp_get_thread_num();
extern "C" int omp_get_num_threads();

extern "C" void saxpy(const float* x, float* y, int n, float a) {
#pragma omp parallel
  {
    const long team = omp_get_num_threads(), me = omp_get_thread_num();
    // Whole chunks only, so that every part starts on a 64-byte boundary; the last part takes the tail.
    const long chunk = WIDE * UNROLL > 16 ? WIDE * UNROLL : 16;
    const long chunks = n / chunk;
    long i = chunks * me / team * chunk;
    const long whole = chunks * (me + 1) / team * chunk;
    const long end = me == team - 1 ? n : whole;
    for (; i + WIDE * UNROLL <= whole; i += WIDE * UNROLL) {
#if AHEAD > 0
      for (int p = 0; p < WIDE * UNROLL; p += 16) {
        __builtin_prefetch(x + i + AHEAD + p, 0);
        __builtin_prefetch(y + i + AHEAD + p, 1);
      }
#endif
      Vec part[UNROLL];
      for (int u = 0; u < UNROLL; ++u) part[u] = a * *(const Vec*)(x + i + u * WIDE) + *(const Vec*)(y + i + u * WIDE);
      for (int u = 0; u < UNROLL; ++u) store(y + i + u * WIDE, part[u]);
    }
    for (; i < end; ++i) y[i] = a * x[i] + y[i];
#if STREAM && defined(__SSE__)
    __builtin_ia32_sfence();
#endif
  }
}
