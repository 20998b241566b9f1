/* ridgeline
# A pass carries KS time steps through the grid at once: ROWS rows at a time stream from the top, every time level keeps its last rows in
# a ring that stays in cache, so memory sees one read and one write of the grid per pass. Bands of rows are independent of each
# other and recompute the overlap of their edges. One launch holds all passes; the team meets between them. An odd number of passes
# ends in `next`, which then becomes u.

[tune]
KS     = [4, 8, 5, 10, 2, 16, 1]  # time steps per pass
WIDE   = [16, 8, 4]               # floats in a vector
ROWS   = [2, 4, 1]                # rows computed together, sharing their loads
LANES  = [1, 0]                   # neighbours along x by 0: loads that straddle, 1: moving lanes between registers
BANDS  = [1, 2]                   # bands per core
SPIN   = [0, 1]                   # the team meets at 0: OpenMP's barrier; 1: one that spins, for cores that nobody else wants
SHARED = [1, 0]                   # 1: all cores

[build]
flags = ["-O3", "-march=native", "-fopenmp"]

[scratch]
next = { type = "f32", count = "cells" }
rings = { type = "f32", count = "dev.cores * KS * (ROWS + 2) * (ceil_div(nx, 16) * 16 + 32)" }

[[stage]]
when = "ceil_div(steps, KS) % 2 == 1"
rotate = [["u", "next"]]
[[stage.op]]
launch = "heat_run"
workers = "SHARED == 1 ? dev.cores : 1"
args = ["u", "next", "rings", "nx", "ny", "steps", "alpha"]

[[stage]]
when = "ceil_div(steps, KS) % 2 == 0"
[[stage.op]]
launch = "heat_run"
workers = "SHARED == 1 ? dev.cores : 1"
args = ["u", "next", "rings", "nx", "ny", "steps", "alpha"]
*/
typedef float Vec __attribute__((vector_size(4 * WIDE), may_alias, aligned(4)));

static inline Vec load(const float* p) { return *(const Vec*)p; }

// The vectors that begin one float before `mid` and one after it, from whole vectors.
template <int... I>
struct Lanes {
  static inline Vec left(Vec before, Vec mid) { return __builtin_shufflevector(before, mid, (WIDE - 1 + I)...); }
  static inline Vec right(Vec mid, Vec after) { return __builtin_shufflevector(mid, after, (1 + I)...); }
};
template <int N, int... I>
struct Count : Count<N - 1, N - 1, I...> {};
template <int... I>
struct Count<0, I...> : Lanes<I...> {};

// A vector of COUNT rows from column i on. from[r]: row r - 1 of the level before; along: the sums of the neighbours along x.
template <int COUNT>
static inline void advance(const float* const* from, float* const* to, long i, const Vec* along, float alpha) {
  const float centre = 1.0f - 4.0f * alpha;
  Vec mid[COUNT + 2];
  for (int r = 0; r < COUNT + 2; ++r) mid[r] = load(from[r] + i);
  for (int r = 0; r < COUNT; ++r) *(Vec*)(to[r] + i) = centre * mid[r + 1] + alpha * (along[r] + (mid[r] + mid[r + 2]));
}

// Whole vectors from the first column on, so that rows which begin on a vector boundary are read aligned; the edge columns are put
// right afterwards. Rows have at least one readable float before them and one behind.
template <int COUNT>
static inline void advance_rows(const float* const* from, float* const* to, long nx, float alpha) {
  if (nx < WIDE) {
    for (int r = 0; r < COUNT; ++r) {
      const float *up = from[r], *mid = from[r + 1], *down = from[r + 2];
      for (long i = 0; i < nx; ++i) to[r][i] = mid[i] + alpha * (((mid[i - 1] + mid[i + 1]) + (up[i] + down[i])) - 4.0f * mid[i]);
    }
  } else {
    Vec along[COUNT];
    const long last = nx - WIDE;
#if LANES
    Vec before[COUNT], mid[COUNT];
    for (int r = 0; r < COUNT; ++r) before[r] = mid[r] = load(from[r + 1]);
#endif
    for (long i = 0; i < last; i += WIDE) {
      for (int r = 0; r < COUNT; ++r) {
#if LANES
        const Vec after = load(from[r + 1] + i + WIDE);   // may reach behind the row: only its first lane is used then
        along[r] = Count<WIDE>::left(before[r], mid[r]) + Count<WIDE>::right(mid[r], after);
        before[r] = mid[r];
        mid[r] = after;
#else
        along[r] = load(from[r + 1] + i - 1) + load(from[r + 1] + i + 1);
#endif
      }
      advance<COUNT>(from, to, i, along, alpha);
    }
    for (int r = 0; r < COUNT; ++r) along[r] = load(from[r + 1] + last - 1) + load(from[r + 1] + last + 1);
    advance<COUNT>(from, to, last, along, alpha);   // may overlap the one before
  }
  for (int r = 0; r < COUNT; ++r) to[r][0] = from[r + 1][0], to[r][nx - 1] = from[r + 1][nx - 1];
}

struct Pass {
  const float* u;
  float *next, *ring;
  long width, nx, ny;
  int levels;
  float alpha;

  // Where row j of time level s stands. Level 0 is the grid; the first and last row never change.
  const float* row(int s, long j) const {
    return s == 0 || j == 0 || j == ny - 1 ? u + j * nx : ring + ((s - 1) * (ROWS + 2) + j % (ROWS + 2)) * width;
  }
  float* into(int s, long j) const { return s == levels ? next + j * nx : ring + ((s - 1) * (ROWS + 2) + j % (ROWS + 2)) * width; }

  template <int COUNT>
  void rows(int s, long j) const {
    const float* from[COUNT + 2];
    float* to[COUNT];
    for (int r = 0; r < COUNT + 2; ++r) from[r] = row(s - 1, j + r - 1);
    for (int r = 0; r < COUNT; ++r) to[r] = into(s, j + r);
    advance_rows<COUNT>(from, to, nx, alpha);
  }

  // Rows [first, end) of `next` are rows of `u` after `levels` steps.
  void band(long first, long end) const {
    for (long front = first - levels + 1; front < end + levels - 1; front += ROWS) {
      for (int s = 1; s <= levels; ++s) {
        const long reach = levels - s;                                     // rows beyond the band that later levels need
        const long low = first - reach > 1 ? first - reach : 1, high = end + reach < ny - 1 ? end + reach : ny - 1;
        const long j = front - s + 1;                                      // level s follows one row behind level s - 1
        if (j >= low && j + ROWS <= high) {
          rows<ROWS>(s, j);
        } else {
          for (long k = j > low ? j : low; k < j + ROWS && k < high; ++k) rows<1>(s, k);
        }
      }
    }
    if (first == 0) __builtin_memcpy(next, u, 4 * nx);
    if (end == ny) __builtin_memcpy(next + (ny - 1) * nx, u + (ny - 1) * nx, 4 * nx);
  }
};

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

extern "C" void heat_run(float* u, float* next, float* rings, int nx, int ny, int steps, float alpha) {
  const long width = (nx + 15) / 16 * 16 + 32;   // 16 floats of margin on both sides
  Meeting meeting = {0, 0};
#pragma omp parallel
  {
    const int team = omp_get_num_threads(), me = omp_get_thread_num();
    const int bands = team * BANDS;
    float *now = u, *then = next;
    for (int done = 0; done < steps; done += KS) {
      const Pass pass = {now, then, rings + long(me) * KS * (ROWS + 2) * width + 16, width, nx, ny, steps - done < KS ? steps - done : KS, alpha};
      for (int band = me * BANDS; band < (me + 1) * BANDS; ++band) {
        const long first = long(ny) * band / bands, end = long(ny) * (band + 1) / bands;
        if (first < end) pass.band(first, end);
      }
      meet(&meeting, team);
      float* swap = now;
      now = then, then = swap;
    }
  }
}
