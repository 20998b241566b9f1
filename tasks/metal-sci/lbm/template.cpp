/* ridgeline
# Rows stream through KS time steps at once: every level but the last keeps its last three rows of all nine planes in a ring that stays in
# cache, so memory sees one read and one write of the distribution per pass. Bands of rows are independent of each other and recompute the
# overlap of their edges, which does not pay where both distributions fit into the caches anyway: there KS_SMALL counts. The number
# of passes is even, so the last one ends in f. The collision is folded into an even and an odd part for each pair of opposite
# directions.

[tune]
KS       = [4, 3, 2, 6, 8, 1]     # time steps per pass
KS_SMALL = [1, 2, 3, 4]           # the same where a core's share of both distributions is below SMALL
SMALL    = [1048576, 524288, 262144, 2097152]   # bytes
BANDS    = [1, 2, 4]              # bands per core
WIDE     = [16, 8, 4]             # floats in a vector
RECIP    = [1, 0]                 # 1/rho by 0: division; 1: hardware estimate and a Newton step
SPIN     = [0, 1]                 # the team meets at 0: OpenMP's barrier; 1: one that spins, for cores that nobody else wants

[build]
flags = ["-O3", "-march=native", "-fopenmp"]

[scratch]
next = { type = "f32", count = "9 * cells" }
rings = { type = "f32", count = "dev.cores * max(KS, KS_SMALL) * 27 * (ceil_div(nx, 16) * 16 + 16)" }

[[stage]]
[[stage.op]]
launch = "lbm_run"
workers = "dev.cores"
args = ["f", "next", "rings", "nx", "ny", "steps", "tau"]
*/
typedef float Vec __attribute__((vector_size(4 * WIDE), may_alias, aligned(4)));
typedef float Register __attribute__((vector_size(4 * WIDE)));

constexpr int most_levels = KS > KS_SMALL ? KS : KS_SMALL;
constexpr int cx[9] = {0, 1, 0, -1, 0, 1, -1, -1, 1};
constexpr int cy[9] = {0, 0, 1, 0, -1, 1, 1, -1, -1};

static inline float inverse(float x) { return 1.0f / x; }

static inline Register inverse(Register x) {
#if RECIP && WIDE == 16 && defined(__AVX512F__) && !defined(__clang__)
  const Register r = __builtin_ia32_rcp14ps512_mask(x, x, -1);
  return r * (2.0f - x * r);
#elif RECIP && WIDE == 8 && defined(__AVX__)
  const Register r = __builtin_ia32_rcpps256(x);
  return r * (2.0f - x * r);
#elif RECIP && WIDE == 4 && defined(__SSE__)
  const Register r = __builtin_ia32_rcpps(x);
  return r * (2.0f - x * r);
#else
  return 1.0f / x;
#endif
}

// Relaxes the nine pulled values in place. V: a vector, or float.
template <class V>
static inline __attribute__((always_inline)) void collide(V* g, float omega) {
  const V right = g[1] + (g[5] + g[8]), left = g[3] + (g[6] + g[7]);
  const V top = g[5] + g[6], bottom = g[7] + g[8];
  const V rho = (g[0] + (g[2] + g[4])) + (right + left);
  const V r = inverse(rho);
  const V ux = (right - left) * r, uy = ((g[2] - g[4]) + (top - bottom)) * r;
  const float keep = 1.0f - omega;
  const V rest = rho * (1.0f - 1.5f * (ux * ux + uy * uy));   // even part without the squares of the projections
  const float w0 = omega * (4.0f / 9), w1 = omega * (1.0f / 9), w5 = omega * (1.0f / 36);
  const V sum = ux + uy, difference = ux - uy;
  g[0] = keep * g[0] + w0 * rest;
  const auto pair = [&](int a, int b, float w, V cu) {
    const V odd_part = (3.0f * w) * rho * cu;
    const V even_part = w * rest + (1.5f * cu) * odd_part;
    g[a] = keep * g[a] + (even_part + odd_part);
    g[b] = keep * g[b] + (even_part - odd_part);
  };
  pair(1, 3, w1, ux);
  pair(2, 4, w1, uy);
  pair(5, 7, w5, sum);
  pair(6, 8, w5, -difference);
}

// A row of all planes: from[k] begins row j - cy[k] of plane k, to[k] row j of the next level's plane k.
struct Row {
  const float* from[9];
  float* to[9];
};

static inline __attribute__((always_inline)) void vector_at(const Row& row, long i, long nx, float omega, bool first, bool last) {
  Register g[9];
  for (int k = 0; k < 9; ++k) {
    if (cx[k] == 1 && first) {          // the value before the row's first is its last
      for (int l = 1; l < WIDE; ++l) g[k][l] = row.from[k][i + l - 1];
      g[k][0] = row.from[k][nx - 1];
    } else if (cx[k] == -1 && last) {   // and the one after its last is its first
      for (int l = 0; l < WIDE - 1; ++l) g[k][l] = row.from[k][i + l + 1];
      g[k][WIDE - 1] = row.from[k][0];
    } else {
      g[k] = *(const Vec*)(row.from[k] + i - cx[k]);
    }
  }
  collide(g, omega);
  for (int k = 0; k < 9; ++k) *(Vec*)(row.to[k] + i) = g[k];
}

static inline void advance_row(const Row& row, long nx, float omega) {
  if (nx < WIDE) {
    for (long i = 0; i < nx; ++i) {
      float g[9];
      for (int k = 0; k < 9; ++k) g[k] = row.from[k][(i - cx[k] + nx) % nx];
      collide(g, omega);
      for (int k = 0; k < 9; ++k) row.to[k][i] = g[k];
    }
    return;
  }
  if (nx == WIDE) {
    vector_at(row, 0, nx, omega, true, true);
    return;
  }
  vector_at(row, 0, nx, omega, true, false);
  long i = WIDE;
  for (; i + WIDE < nx; i += WIDE) vector_at(row, i, nx, omega, false, false);
  vector_at(row, nx - WIDE, nx, omega, false, true);   // may overlap the one before
}

struct Torus {
  long nx, ny;
  float omega;
};

static inline long wrapped(long j, long ny) {
  while (j < 0) j += ny;
  while (j >= ny) j -= ny;
  return j;
}

// Rows [first, end) of `next` are rows of `f` after `levels` steps. Level s keeps row j in slot j mod 3 of its ring.
static void run_band(const Torus& t, const float* f, float* next, float* ring, long width, long first, long end, int levels) {
  const long cells = t.nx * t.ny;
  for (long front = first - levels + 1; front < end + levels - 1; ++front) {
    for (int s = 1; s <= levels; ++s) {
      const long j = front - s + 1, reach = levels - s;   // level s follows one row behind level s - 1
      if (j < first - reach || j >= end + reach) continue;
      Row row;
      for (int k = 0; k < 9; ++k) {
        const long source = j - cy[k];
        row.from[k] = s == 1 ? f + k * cells + wrapped(source, t.ny) * t.nx
                             : ring + (((s - 2) * 3 + unsigned(source + 96) % 3) * 9 + k) * width;
        row.to[k] = s == levels ? next + k * cells + j * t.nx : ring + (((s - 1) * 3 + unsigned(j + 96) % 3) * 9 + k) * width;
      }
      advance_row(row, t.nx, t.omega);
    }
  }
}

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

extern "C" void lbm_run(float* f, float* next, float* rings, int nx, int ny, int steps, float tau) {
  const Torus t = {nx, ny, 1.0f / tau};
  const long width = (t.nx + 15) / 16 * 16 + 16;
  Meeting meeting = {0, 0};
#pragma omp parallel
  {
    const int team = omp_get_num_threads(), me = omp_get_thread_num();
    const int most = 72 * t.nx * t.ny / team < SMALL ? KS_SMALL : KS;
    const int passes = 2 * ((steps + 2 * most - 1) / (2 * most)), bands = team * BANDS;
    float* ring = rings + long(me) * most_levels * 27 * width;
    float *now = f, *then = next;
    for (int pass = 0; pass < passes; ++pass) {
      const int levels = steps * (pass + 1) / passes - steps * pass / passes;   // evenly; 0 only where there is one step
      for (int band = me * BANDS; band < (me + 1) * BANDS; ++band) {
        const long first = t.ny * band / bands, end = t.ny * (band + 1) / bands;
        if (first >= end) continue;
        if (levels > 0) {
          run_band(t, now, then, ring, width, first, end, levels);
        } else {
          for (int k = 0; k < 9; ++k) __builtin_memcpy(then + (k * t.ny + first) * t.nx, now + (k * t.ny + first) * t.nx, 4 * (end - first) * t.nx);
        }
      }
      meet(&meeting, team);
      float* swap = now;
      now = then, then = swap;
    }
  }
}
