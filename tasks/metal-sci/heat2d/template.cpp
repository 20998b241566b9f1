/* ridgeline
# A pass carries KS time steps through the grid at once: rows stream from the top, every time level keeps its last three rows in a
# ring that stays in cache, so memory sees one read and one write of the grid per pass. Bands of rows are independent of each
# other and recompute the overlap of their edges. One launch holds all passes; the team meets between them. An odd number of passes
# ends in `next`, which then becomes u.

[tune]
KS     = [4, 8, 2, 16, 1]         # time steps per pass
WIDE   = [8, 16, 4]               # floats in a vector
UNROLL = [1, 2, 4]                # vectors per turn of the inner loop
BANDS  = [1, 2]                   # bands per core
SPIN   = [0, 1]                   # the team meets at 0: OpenMP's barrier; 1: one that spins, for cores that nobody else wants
SHARED = [1, 0]                   # 1: all cores

[build]
flags = ["-O3", "-march=native", "-fopenmp"]

[scratch]
next = { type = "f32", count = "cells" }
rings = { type = "f32", count = "dev.cores * BANDS * KS * 3 * (ceil_div(nx, 16) * 16 + 32)" }

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

static inline Vec advance(const float* up, const float* mid, const float* down, float alpha) {
  const Vec sum = (load(mid - 1) + load(mid + 1)) + (load(up) + load(down));
  return load(mid) + alpha * (sum - 4.0f * load(mid));
}

// Whole vectors from the first column on, so that rows which begin on a vector boundary are read aligned; the edge columns are put
// right afterwards. Rows have at least one readable float before them and one behind.
static inline void advance_row(const float* __restrict up, const float* __restrict mid, const float* __restrict down,
                               float* __restrict to, int nx, float alpha) {
  int i = 0;
  for (; i + WIDE * UNROLL <= nx; i += WIDE * UNROLL) {
    Vec part[UNROLL];
    for (int v = 0; v < UNROLL; ++v) part[v] = advance(up + i + v * WIDE, mid + i + v * WIDE, down + i + v * WIDE, alpha);
    for (int v = 0; v < UNROLL; ++v) *(Vec*)(to + i + v * WIDE) = part[v];
  }
  for (; i + WIDE <= nx; i += WIDE) *(Vec*)(to + i) = advance(up + i, mid + i, down + i, alpha);
  if (i < nx && nx >= WIDE) {   // a last vector that overlaps the one before
    i = nx - WIDE;
    *(Vec*)(to + i) = advance(up + i, mid + i, down + i, alpha);
  } else {
    for (; i < nx; ++i) to[i] = mid[i] + alpha * (((mid[i - 1] + mid[i + 1]) + (up[i] + down[i])) - 4.0f * mid[i]);
  }
  to[0] = mid[0];
  to[nx - 1] = mid[nx - 1];
}

// Where row j of time level s stands. Level 0 is the grid; the first and last row never change.
static inline const float* row_of(const float* grid, const float* ring, long width, long nx, int ny, int s, int j) {
  if (s == 0 || j == 0 || j == ny - 1) return grid + j * nx;
  return ring + ((s - 1) * 3 + j % 3) * width;
}

// Rows [from, to) of `next` are rows of `u` after `levels` steps.
static void run_band(const float* u, float* next, float* ring, long width, int nx, int ny, int from, int to, int levels, float alpha) {
  for (int front = from - levels + 1; front < to + levels - 1; ++front) {
    for (int s = 1; s <= levels; ++s) {
      const int j = front - s + 1;                                       // level s follows one row behind level s - 1
      const int reach = levels - s;                                      // rows beyond the band that later levels need
      if (j < from - reach || j >= to + reach || j < 1 || j >= ny - 1) continue;
      float* into = s == levels ? next + long(j) * nx : ring + ((s - 1) * 3 + j % 3) * width;
      advance_row(row_of(u, ring, width, nx, ny, s - 1, j - 1), row_of(u, ring, width, nx, ny, s - 1, j),
                  row_of(u, ring, width, nx, ny, s - 1, j + 1), into, nx, alpha);
    }
  }
  const long last = long(ny - 1) * nx;
  if (from == 0) __builtin_memcpy(next, u, 4 * long(nx));
  if (to == ny) __builtin_memcpy(next + last, u + last, 4 * long(nx));
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

extern "C" void heat_run(float* u, float* next, float* rings, int nx, int ny, int steps, float alpha) {
  const long width = (nx + 15) / 16 * 16 + 32;   // 16 floats of margin on both sides
  Meeting meeting = {0, 0};
#pragma omp parallel
  {
    const int team = omp_get_num_threads(), me = omp_get_thread_num();
    const int bands = team * BANDS;
    float *now = u, *then = next;
    for (int done = 0; done < steps; done += KS) {
      const int levels = steps - done < KS ? steps - done : KS;
      for (int band = me * BANDS; band < (me + 1) * BANDS; ++band) {
        const int from = int(long(ny) * band / bands), to = int(long(ny) * (band + 1) / bands);
        if (from < to) run_band(now, then, rings + long(band) * KS * 3 * width + 16, width, nx, ny, from, to, levels, alpha);
      }
      meet(&meeting, team);
      float* swap = now;
      now = then, then = swap;
    }
  }
}
