/* ridgeline
# The step looks for the next step's axis while it writes the flux, so the flux is read once per step; every core keeps its own maximum,
# and one meeting per step exchanges them. All that depends on the column alone is computed once: no division and no square is left
# in the step. One launch holds all steps.

[tune]
WIDE   = [16, 8, 4]               # floats in a vector
ROWS   = [2, 4, 1]                # rows computed together, sharing their loads
LANES  = [0, 1]                   # neighbours along R by 0: loads that straddle, 1: moving lanes between registers
COEFFS = [0, 1]                   # the columns' coefficients are 0: read; 1: partly computed from R
SOLO   = [8192, 0, 32768]         # with fewer cells one core works alone: a meeting costs more than half of a small step
SPIN   = [0, 1]                   # the team meets at 0: OpenMP's barrier; 1: one that spins, for cores that nobody else wants

[build]
flags = ["-O3", "-march=native", "-fopenmp"]

[scratch]
next = { type = "f32", count = "cells" }
columns = { type = "f32", count = "4 * (nr + 32)" }
peaks = { type = "f32", count = "32 * dev.cores" }

[[stage]]
when = "steps % 2 == 1"
rotate = [["psi", "next"]]
[[stage.op]]
launch = "gradshaf_run"
workers = "dev.cores"
args = ["psi", "next", "columns", "peaks", "nr", "nz", "steps", "rmin", "dr", "dz", "p_axis", "mu0", "omega"]

[[stage]]
when = "steps % 2 == 0"
[[stage.op]]
launch = "gradshaf_run"
workers = "dev.cores"
args = ["psi", "next", "columns", "peaks", "nr", "nz", "steps", "rmin", "dr", "dz", "p_axis", "mu0", "omega"]
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

// psi' = keep psi + west psi_W + east psi_E + north (psi_N + psi_S) + source n (1 - n) where that is positive. west, east and source belong
// to a column.
struct Columns {
  const float *west, *east, *source, *radius;
  float keep, north, level, pressure;   // west = level + w, east = level - w, source = pressure radius^2
};

static inline Vec larger(Vec a, Vec b) { return a > b ? a : b; }

// n (1 - n) is positive exactly where 0 < n < 1.
static inline Vec bell(Vec psi, float inverse_axis) {
  const Vec n = psi * inverse_axis;
  return larger(n - n * n, Vec{});
}

// A vector of COUNT rows from column i on. `left`, `right`: the neighbours along R.
template <int COUNT>
static inline void advance(const Columns& c, const float* psi, float* to, long nr, long i, const Vec* left, const Vec* right, float inverse_axis,
                           Vec* peak) {
  const Vec west = load(c.west + i);
#if COEFFS
  const Vec radius = load(c.radius + i), east = 2.0f * c.level - west, source = c.pressure * (radius * radius);
#else
  const Vec east = load(c.east + i), source = load(c.source + i);
#endif
  Vec mid[COUNT + 2];
  for (int r = 0; r < COUNT + 2; ++r) mid[r] = load(psi + (r - 1) * nr + i);
  for (int r = 0; r < COUNT; ++r) {
    const Vec across = c.keep * mid[r + 1] + c.north * (mid[r] + mid[r + 2]);
    const Vec along = west * left[r] + east * right[r];
    const Vec result = (across + along) + source * bell(mid[r + 1], inverse_axis);
    *peak = larger(*peak, result);
    *(Vec*)(to + r * nr + i) = result;
  }
}

// COUNT rows inside; returns the largest new value. `psi` and `to`: the first row's first element.
template <int COUNT>
static inline void advance_rows(const Columns& c, const float* psi, float* to, long nr, float inverse_axis, Vec* peak) {
  if (nr - 2 < WIDE) {
    for (int r = 0; r < COUNT; ++r, psi += nr, to += nr)
      for (long i = 1; i < nr - 1; ++i) {
        const float n = psi[i] * inverse_axis, bell = n - n * n;
        to[i] = c.keep * psi[i] + c.west[i] * psi[i - 1] + c.east[i] * psi[i + 1] + c.north * (psi[i - nr] + psi[i + nr]) +
                c.source[i] * (bell > 0.0f ? bell : 0.0f);
        if (to[i] > (*peak)[0]) (*peak)[0] = to[i];
      }
    return;
  }
  Vec left[COUNT], right[COUNT];
  const long last = nr - 1 - WIDE;
  long i = 1;
#if LANES
  Vec before[COUNT], mid[COUNT];
  for (int r = 0; r < COUNT; ++r) before[r] = (psi + r * nr)[0] - Vec{}, mid[r] = load(psi + r * nr + 1);
#endif
  for (; i < last; i += WIDE) {
    for (int r = 0; r < COUNT; ++r) {
#if LANES
      const Vec after = load(psi + r * nr + i + WIDE);   // may reach into the next row: only its first lane is used then
      left[r] = Count<WIDE>::left(before[r], mid[r]);
      right[r] = Count<WIDE>::right(mid[r], after);
      before[r] = mid[r];
      mid[r] = after;
#else
      left[r] = load(psi + r * nr + i - 1);
      right[r] = load(psi + r * nr + i + 1);
#endif
    }
    advance<COUNT>(c, psi, to, nr, i, left, right, inverse_axis, peak);
  }
  for (int r = 0; r < COUNT; ++r) left[r] = load(psi + r * nr + last - 1), right[r] = load(psi + r * nr + last + 1);
  advance<COUNT>(c, psi, to, nr, last, left, right, inverse_axis, peak);   // may overlap the one before
}

static inline float largest_lane(Vec v) {
  float most = v[0];
  for (int l = 1; l < WIDE; ++l) most = v[l] > most ? v[l] : most;
  return most;
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
  (void)m;
  if (team == 1) return;
#pragma omp barrier
#endif
}

// What core `me` of `team` has to do in the rows [from, to), 0 < from, to < nz.
static void run(const Columns& c, float* psi, float* next, float* peaks, long nr, long nz, long from, long to, int steps, int me, int team,
                Meeting* meeting) {
  float most = psi[nr + 1];
  for (long j = from; j < to; ++j)
    for (long i = 1; i < nr - 1; ++i) most = psi[j * nr + i] > most ? psi[j * nr + i] : most;
  for (long j = me == 0 ? 0 : from; j < (me == team - 1 ? nz : to); ++j) {   // edges, once
    if (j == 0 || j == nz - 1)
      __builtin_memcpy(next + j * nr, psi + j * nr, 4 * nr);
    else
      next[j * nr] = psi[j * nr], next[j * nr + nr - 1] = psi[j * nr + nr - 1];
  }
  peaks[16 * me] = most;
  meet(meeting, team);
  for (int t = 0; t < steps; ++t) {
    // Maxima of even and odd steps have places of their own, so nobody overwrites one that another still has to read.
    const float* known = peaks + t % 2 * 16 * team;
    float axis = known[0];
    for (int other = 1; other < team; ++other) axis = known[16 * other] > axis ? known[16 * other] : axis;
    const float inverse_axis = 1.0f / axis;
    Vec peak = Vec{} - 3e38f;
    long j = from;
    for (; j + ROWS <= to; j += ROWS) advance_rows<ROWS>(c, psi + j * nr, next + j * nr, nr, inverse_axis, &peak);
    for (; j < to; ++j) advance_rows<1>(c, psi + j * nr, next + j * nr, nr, inverse_axis, &peak);
    peaks[(t + 1) % 2 * 16 * team + 16 * me] = largest_lane(peak);
    meet(meeting, team);
    float* swap = psi;
    psi = next, next = swap;
  }
}

extern "C" void gradshaf_run(float* psi, float* next, float* columns, float* peaks, int nr, int nz, int steps, float rmin, float dr, float dz,
                             float p_axis, float mu0, float omega) {
  const long stride = nr + 32;
  float *west = columns, *east = west + stride, *source = east + stride, *radius = source + stride;
  const float rr = 1.0f / (dr * dr), zz = 1.0f / (dz * dz), scale = omega / (2.0f * (rr + zz));
  const Columns c = {west, east, source, radius, 1.0f - omega, scale * zz, scale * rr, scale * 4.0f * mu0 * p_axis};
  for (int i = 1; i < nr - 1; ++i) {
    radius[i] = rmin + i * dr;
    const float w = scale / (2.0f * radius[i] * dr);
    west[i] = c.level + w, east[i] = c.level - w, source[i] = c.pressure * radius[i] * radius[i];
  }
  Meeting meeting = {0, 0};
#pragma omp parallel
  {
    const long rows = nz - 2;
    int team = omp_get_num_threads(), me = omp_get_thread_num();
    if (long(nr) * nz < SOLO) {
      if (me == 0) run(c, psi, next, peaks, nr, nz, 1, nz - 1, steps, 0, 1, &meeting);
    } else {
      run(c, psi, next, peaks, nr, nz, 1 + rows * me / team, 1 + rows * (me + 1) / team, steps, me, team, &meeting);
    }
  }
}
