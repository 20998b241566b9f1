/* ridgeline
# WIDE * UNROLL running sums in single precision; every BLOCK elements they are emptied into a double, which keeps the error small
# at any length. Each core takes a contiguous part.

[tune]
WIDE   = [8, 16, 4]                  # floats in a vector
UNROLL = [4, 8, 2, 1]                # vectors of running sums
BLOCK  = [4096, 1024, 16384]         # elements between two emptyings
AHEAD  = [0, 1024]                   # software prefetch distance in floats; 0: left to the hardware
ALONE  = [262144, 32768, 2097152]    # up to this length one core works alone

[build]
flags = ["-O3", "-march=native", "-fopenmp"]

[scratch]
parts = { type = "f64", count = "dev.cores * 8" }

[[stage]]
[[stage.op]]
launch = "dot"
workers = "n <= ALONE ? 1 : dev.cores"
args = ["x", "y", "out", "parts", "n"]
*/
typedef float Vec __attribute__((vector_size(4 * WIDE), may_alias));

extern "C" int omp_get_thread_num();
extern "C" int omp_get_num_threads();

static inline double part_of(const float* x, const float* y, long from, long to) {
  const long turn = WIDE * UNROLL;
  double total = 0;
  long i = from;
  while (i + turn <= to) {
    const long end = i + BLOCK <= to ? i + BLOCK : i + (to - i) / turn * turn;
    Vec sum[UNROLL] = {};
    for (; i < end; i += turn) {
#if AHEAD > 0
      for (int p = 0; p < WIDE * UNROLL; p += 16) {
        __builtin_prefetch(x + i + AHEAD + p);
        __builtin_prefetch(y + i + AHEAD + p);
      }
#endif
      for (int u = 0; u < UNROLL; ++u) sum[u] += *(const Vec*)(x + i + u * WIDE) * *(const Vec*)(y + i + u * WIDE);
    }
    for (int u = 1; u < UNROLL; ++u) sum[0] += sum[u];
    float lanes = 0;
    for (int l = 0; l < WIDE; ++l) lanes += sum[0][l];
    total += lanes;
  }
  for (; i < to; ++i) total += x[i] * y[i];
  return total;
}

extern "C" void dot(const float* x, const float* y, float* out, double* parts, int n) {
  int team = 1;
#pragma omp parallel
  {
    const int me = omp_get_thread_num();
    const int size = omp_get_num_threads();
    if (me == 0) team = size;
    const long blocks = n / BLOCK;   // parts begin on whole blocks: aligned
    const long from = blocks * me / size * BLOCK, to = me == size - 1 ? n : blocks * (me + 1) / size * BLOCK;
    parts[8 * me] = part_of(x, y, from, to);
  }
  double sum = 0;
  for (int t = 0; t < team; ++t) sum += parts[8 * t];
  *out = float(sum);
}
