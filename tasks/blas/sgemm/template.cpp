/* ridgeline
# B is repacked once into strips of NV * WIDE columns, A block by block into strips of MR rows; an MR by NV*WIDE tile of C stays in
# registers while KC products are added to it. Rows of C are shared out over the team.

constraints = ["MR * NV <= 32"]   # the tile and a little more fit the registers

[tune]
WIDE   = [8, 16]               # floats in a vector
NV     = [2, 1, 3, 4]          # vectors across a tile
MR     = [6, 8, 12, 14]        # rows of a tile
KC     = [256, 512]            # products per visit of a tile
PACK_A = [0, 1]                # 0: A is read where it stands
ALONE  = [4000000, 500000]     # up to so many products one core works alone
SPIN   = [0, 1]                # the team meets at 0: OpenMP's barrier; 1: one that spins, for cores that nobody else wants

[build]
flags = ["-O3", "-march=native", "-fopenmp"]

[scratch]
packed_b = { type = "f32", count = "ceil_div(n, NV * WIDE) * NV * WIDE * k" }
packed_a = { type = "f32", count = "dev.cores * (MR * 8 * KC + 16)" }

[[stage]]
[[stage.op]]
launch = "sgemm"
workers = "m * n * k <= ALONE ? 1 : min(dev.cores, ceil_div(m, MR))"
args = ["a", "b", "c", "packed_b", "packed_a", "m", "n", "k"]
*/
typedef float Vec __attribute__((vector_size(4 * WIDE), may_alias));
typedef float Loose __attribute__((vector_size(4 * WIDE), may_alias, aligned(4)));

#define NR (NV * WIDE)
#define STRIPS 8   // strips of A that are packed together

extern "C" int omp_get_thread_num();
extern "C" int omp_get_num_threads();

struct Meeting {
  int arrived, round;
};

static inline void meet(Meeting* m, int team) {
#if SPIN
  const int round = __atomic_load_n(&m->round, __ATOMIC_ACQUIRE);
  if (__atomic_add_fetch(&m->arrived, 1, __ATOMIC_ACQ_REL) == team) {
    __atomic_store_n(&m->arrived, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&m->round, round + 1, __ATOMIC_RELEASE);
  } else {
    while (__atomic_load_n(&m->round, __ATOMIC_ACQUIRE) == round) {
#if defined(__x86_64__)
      __builtin_ia32_pause();
#endif
    }
  }
#else
  (void)m, (void)team;
#pragma omp barrier
#endif
}

static inline void pack_b_strip(const float* b, float* to, int n, int k, int column) {
  const int width = n - column < NR ? n - column : NR;
  if (width == NR) {
    for (int p = 0; p < k; ++p)
      for (int v = 0; v < NV; ++v) *(Vec*)(to + long(p) * NR + v * WIDE) = *(const Loose*)(b + long(p) * n + column + v * WIDE);
  } else {
    for (int p = 0; p < k; ++p)
      for (int j = 0; j < NR; ++j) to[long(p) * NR + j] = j < width ? b[long(p) * n + column + j] : 0.0f;
  }
}

// One tile: depth products of MR rows with a strip of B. Row i of A begins at rows[i]; packed, the rows are interleaved.
static inline void tile(const float* const* rows, const float* b, float* c, long n, int depth, bool add, int height,
                        int width) {
  Vec sum[MR][NV];
  for (int i = 0; i < MR; ++i)
    for (int v = 0; v < NV; ++v) sum[i][v] = Vec{};
#if PACK_A
  const float* a = rows[0];
#endif
  for (int p = 0; p < depth; ++p) {
    Vec right[NV];
    for (int v = 0; v < NV; ++v) right[v] = *(const Vec*)(b + long(p) * NR + v * WIDE);
#pragma GCC unroll 16
    for (int i = 0; i < MR; ++i) {
#if PACK_A
      const float left = a[long(p) * MR + i];
#else
      const float left = rows[i][p];
#endif
      for (int v = 0; v < NV; ++v) sum[i][v] += left * right[v];
    }
  }
  if (height == MR && width == NR) {
    for (int i = 0; i < MR; ++i)
      for (int v = 0; v < NV; ++v) {
        Loose* to = (Loose*)(c + i * n + v * WIDE);
        *to = add ? *to + sum[i][v] : sum[i][v];
      }
  } else {
    float part[MR * NR] __attribute__((aligned(64)));
    for (int i = 0; i < MR; ++i)
      for (int v = 0; v < NV; ++v) *(Vec*)(part + i * NR + v * WIDE) = sum[i][v];
    for (int i = 0; i < height; ++i)
      for (int j = 0; j < width; ++j) c[i * n + j] = add ? c[i * n + j] + part[i * NR + j] : part[i * NR + j];
  }
}

extern "C" void sgemm(const float* a, const float* b, float* c, float* packed_b, float* packed_a, int m, int n, int k) {
  const int column_strips = (n + NR - 1) / NR, row_strips = (m + MR - 1) / MR;
  Meeting meeting = {0, 0};
#pragma omp parallel
  {
    const int team = omp_get_num_threads(), me = omp_get_thread_num();
    for (int s = me; s < column_strips; s += team) pack_b_strip(b, packed_b + long(s) * NR * k, n, k, s * NR);
    meet(&meeting, team);   // all of B is packed
    const int first = int(long(row_strips) * me / team), last = int(long(row_strips) * (me + 1) / team);
    float* mine = packed_a + long(me) * (MR * STRIPS * KC + 16);
    for (int p0 = 0; p0 < k; p0 += KC) {
      const int depth = k - p0 < KC ? k - p0 : KC;
      for (int r0 = first; r0 < last; r0 += STRIPS) {
        const int r1 = r0 + STRIPS < last ? r0 + STRIPS : last;
#if PACK_A
        for (int r = r0; r < r1; ++r) {
          float* to = mine + (r - r0) * MR * KC;
          for (int i = 0; i < MR; ++i) {
            const int row = r * MR + i < m ? r * MR + i : m - 1;   // rows beyond the end are computed and not stored
            const float* from = a + long(row) * k + p0;
            for (int p = 0; p < depth; ++p) to[p * MR + i] = from[p];
          }
        }
#endif
        for (int s = 0; s < column_strips; ++s) {
          const int width = n - s * NR < NR ? n - s * NR : NR;
          for (int r = r0; r < r1; ++r) {
            const float* rows[MR];
            for (int i = 0; i < MR; ++i) {
#if PACK_A
              rows[i] = mine + (r - r0) * MR * KC + i;
#else
              rows[i] = a + long(r * MR + i < m ? r * MR + i : m - 1) * k + p0;
#endif
            }
            const int height = m - r * MR < MR ? m - r * MR : MR;
            tile(rows, packed_b + (long(s) * k + p0) * NR, c + long(r) * MR * n + s * NR, n, depth, p0 > 0, height, width);
          }
        }
      }
    }
#if !PACK_A
    (void)mine;
#endif
  }
}
