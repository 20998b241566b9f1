/* ridgeline
# The grid leaves Morton order once, in bricks of eight cells cubed, and returns once. In between it stands in rows with a margin, and a
# pass carries up to KS time steps through it at once: planes stream from below, every time level keeps its last three planes in a ring
# that stays in cache. Bands of planes are independent of each other and recompute the overlap of their edges. One launch holds
# everything; the team meets between passes.

[tune]
KS     = [8, 4, 2, 1]             # time steps per pass at most
RING   = [1024, 512, 256]         # KiB for the rings of a band; fewer steps per pass where they need more
THIN   = [4, 8, 16]               # a band has at least so many planes for each step of a pass
ROWS   = [2, 4, 1]                # rows that march along together
WIDE   = [16, 8, 4]               # floats in a vector
SHIFT  = [1, 0]                   # neighbours along the row by 1: shuffles of what is in registers; 0: loads
SPIN   = [1, 0]                   # the team meets at 0: OpenMP's barrier; 1: one that spins, and lets others run after a while
SHARED = [1, 0]                   # 1: all cores

[build]
flags = ["-O3", "-march=native", "-fopenmp"]

[scratch]
fields = { type = "f32", count = "2 * (n * (n * (n + 16) + 80) + 32)" }
rings = { type = "f32", count = "KS * dev.cores * (3 * (n * (n + 16) + 80) + 32)" }

[[stage]]
[[stage.op]]
launch = "morton_run"
workers = "SHARED == 1 ? min(dev.cores, ceil_div(cells, 4096)) : 1"
args = ["u", "fields", "rings", "n", "logn", "steps", "alpha"]
*/
typedef float Vec __attribute__((vector_size(4 * WIDE), may_alias, aligned(4)));
typedef double Pairs __attribute__((vector_size(32), may_alias, aligned(4)));   // four pairs of floats

static inline Vec load(const float* p) { return *(const Vec*)p; }

#if WIDE == 16
#define LANES_BEFORE 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
#define LANES_AFTER 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
#elif WIDE == 8
#define LANES_BEFORE 7, 8, 9, 10, 11, 12, 13, 14
#define LANES_AFTER 1, 2, 3, 4, 5, 6, 7, 8
#else
#define LANES_BEFORE 3, 4, 5, 6
#define LANES_AFTER 1, 2, 3, 4
#endif

// Rows of a field have a margin of 16 floats behind them, the first one also before it. Strides avoid powers of two.
struct Shape {
  int n;
  long row, plane;
};

static inline Shape shape_of(int n) { return {n, long(n) + 16, long(n) * (n + 16) + 80}; }

// `count` rows from `mid` on, `row` apart, of three planes; up and down are the rows before and behind.
template <int count>
static inline void advance_rows(const float* __restrict mid, const float* __restrict up, const float* __restrict down,
                                const float* __restrict front, const float* __restrict back, float* __restrict to, long row, int n,
                                float alpha) {
#if SHIFT
  Vec before[count], here[count];
  for (int r = 0; r < count; ++r) before[r] = load(mid + r * row - WIDE), here[r] = load(mid + r * row);
#endif
  for (int i = 0; i < n; i += WIDE) {
    Vec left[count], centre[count], right[count];
    for (int r = 0; r < count; ++r) {
#if SHIFT
      const Vec after = load(mid + r * row + i + WIDE);
      left[r] = __builtin_shufflevector(before[r], here[r], LANES_BEFORE);
      right[r] = __builtin_shufflevector(here[r], after, LANES_AFTER);
      centre[r] = before[r] = here[r];
      here[r] = after;
#else
      left[r] = load(mid + r * row + i - 1);
      centre[r] = load(mid + r * row + i);
      right[r] = load(mid + r * row + i + 1);
#endif
    }
    for (int r = 0; r < count; ++r) {
      const Vec above = r == 0 ? load(up + i) : centre[r == 0 ? 0 : r - 1];
      const Vec below = r == count - 1 ? load(down + i) : centre[r == count - 1 ? 0 : r + 1];
      const Vec sum = ((left[r] + right[r]) + (above + below)) + (load(front + r * row + i) + load(back + r * row + i));
      *(Vec*)(to + r * row + i) = centre[r] + alpha * (sum - 6.0f * centre[r]);
    }
  }
  for (int r = 0; r < count; ++r) {
    to[r * row] = mid[r * row];
    to[r * row + n - 1] = mid[r * row + n - 1];
  }
}

// Inner rows of one plane. Its first and last row are those of the field, for ever.
static void advance_plane(const float* front, const float* mid, const float* back, float* to, const float* fixed, const Shape& s,
                          float alpha) {
  const int last = s.n - 1;
  int j = 1;
  const auto rows = [&](auto many) {
    constexpr int count = sizeof(many);
    for (; j + count <= last; j += count) {
      const long at = j * s.row;
      advance_rows<count>(mid + at, j == 1 ? fixed : mid + at - s.row, j + count == last ? fixed + last * s.row : mid + at + count * s.row,
                          front + at, back + at, to + at, s.row, s.n, alpha);
    }
  };
  struct Many {
    char size[ROWS];
  };
  struct One {
    char size[1];
  };
  rows(Many{});
  if (ROWS > 1) rows(One{});
}

// Planes [from, to) of `next` are planes of `now` after `levels` steps.
static void run_band(const float* now, float* next, float* ring, const Shape& s, int from, int to, int levels, float alpha) {
  const auto plane_of = [&](int level, int k) -> const float* {
    if (level == 0 || k == 0 || k == s.n - 1) return now + k * s.plane;
    return ring + ((level - 1) * 3 + k % 3) * s.plane;
  };
  for (int front = from - levels + 1; front < to + levels - 1; ++front) {
    for (int level = 1; level <= levels; ++level) {
      const int k = front - level + 1;                                   // a level follows one plane behind the one before it
      const int reach = levels - level;                                  // planes beyond the band that later levels need
      if (k < from - reach || k >= to + reach || k < 1 || k >= s.n - 1) continue;
      float* into = level == levels ? next + k * s.plane : ring + ((level - 1) * 3 + k % 3) * s.plane;
      advance_plane(plane_of(level - 1, k - 1), plane_of(level - 1, k), plane_of(level - 1, k + 1), into, now + k * s.plane, s, alpha);
    }
  }
}

static inline int spread(int i) {
  int at = 0;
  for (int b = 0; b < 10; ++b) at |= (i >> b & 1) << 3 * b;
  return at;
}

// Four times eight consecutive cells are two by two rows of eight cells: a transposition of pairs, its own inverse.
static inline void exchange(Pairs v[4]) {
  const Pairs a = __builtin_shufflevector(v[0], v[1], 0, 4, 2, 6), b = __builtin_shufflevector(v[0], v[1], 1, 5, 3, 7);
  const Pairs c = __builtin_shufflevector(v[2], v[3], 0, 4, 2, 6), d = __builtin_shufflevector(v[2], v[3], 1, 5, 3, 7);
  v[0] = __builtin_shufflevector(a, c, 0, 1, 4, 5);
  v[1] = __builtin_shufflevector(b, d, 0, 1, 4, 5);
  v[2] = __builtin_shufflevector(a, c, 2, 3, 6, 7);
  v[3] = __builtin_shufflevector(b, d, 2, 3, 6, 7);
}

// Bricks of eight cells cubed in layer bk of bricks, between Morton order and rows.
template <bool into_rows>
static void move_bricks(float* u, float* field, const Shape& s, int bk) {
  static const int along_j[4] = {0, 16, 128, 144}, along_k[4] = {0, 32, 256, 288};
  for (int bj = 0; bj < s.n / 8; ++bj) {
    for (int bi = 0; bi < s.n / 8; ++bi) {
      float* brick = u + 512l * (spread(bi) | spread(bj) << 1 | spread(bk) << 2);
      float* corner = field + 8 * bk * s.plane + 8 * bj * s.row + 8 * bi;
      for (int k = 0; k < 4; ++k) {
        for (int j = 0; j < 4; ++j) {
          float* cells = brick + along_k[k] + along_j[j];
          float* rows = corner + 2 * k * s.plane + 2 * j * s.row;
          float* const at_row[4] = {rows, rows + s.row, rows + s.plane, rows + s.plane + s.row};
          float* const at_cell[4] = {cells, cells + 8, cells + 64, cells + 72};
          Pairs v[4];
          for (int p = 0; p < 4; ++p) v[p] = *(const Pairs*)(into_rows ? at_cell[p] : at_row[p]);
          exchange(v);
          for (int p = 0; p < 4; ++p) *(Pairs*)(into_rows ? at_row[p] : at_cell[p]) = v[p];
        }
      }
    }
  }
}

extern "C" int omp_get_thread_num();
extern "C" int omp_get_num_threads();
extern "C" int sched_yield() noexcept(true);

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
    for (int turn = 0; __atomic_load_n(&m->round, __ATOMIC_ACQUIRE) == round; ++turn) {
#if defined(__x86_64__)
      __builtin_ia32_pause();
#endif
      if (turn > 1000) sched_yield();   // somebody else may have the core that the others need
    }
  }
#else
  (void)m, (void)team;
#pragma omp barrier
#endif
}

// Cubes that are narrower than a vector or a brick.
static void run_small(float* u, float* now, float* next, const Shape& s, int steps, float alpha) {
  const int n = s.n;
  for (int k = 0; k < n; ++k)
    for (int j = 0; j < n; ++j)
      for (int i = 0; i < n; ++i)
        now[k * s.plane + j * s.row + i] = next[k * s.plane + j * s.row + i] = u[spread(i) | spread(j) << 1 | spread(k) << 2];
  for (int t = 0; t < steps; ++t) {
    for (int k = 1; k < n - 1; ++k)
      for (int j = 1; j < n - 1; ++j)
        for (int i = 1; i < n - 1; ++i) {
          const float* m = now + k * s.plane + j * s.row + i;
          const float sum = ((m[-1] + m[1]) + (m[-s.row] + m[s.row])) + (m[-s.plane] + m[s.plane]);
          next[k * s.plane + j * s.row + i] = m[0] + alpha * (sum - 6.0f * m[0]);
        }
    float* swap = now;
    now = next, next = swap;
  }
  for (int k = 0; k < n; ++k)
    for (int j = 0; j < n; ++j)
      for (int i = 0; i < n; ++i) u[spread(i) | spread(j) << 1 | spread(k) << 2] = now[k * s.plane + j * s.row + i];
}

extern "C" void morton_run(float* u, float* fields, float* rings, int n, int, int steps, float alpha) {
  const Shape s = shape_of(n);
  float* const first = fields + 16;
  float* const second = first + n * s.plane + 16;
  if (n < WIDE || n < 8) {
    run_small(u, first, second, s, steps, alpha);
    return;
  }
  Meeting meeting = {0, 0};
#pragma omp parallel
  {
    const int team = omp_get_num_threads(), me = omp_get_thread_num();
    const int from = int(long(n) * me / team), to = int(long(n) * (me + 1) / team);
    float* const ring = rings + me * KS * (3 * s.plane + 32) + 16;
    const int room = 1 + int(RING * 256l / (3 * s.plane)), thick = n / team / THIN;
    int most = KS < room ? KS : room;
    if (most > thick) most = thick;
    if (most < 1) most = 1;
    for (int bk = n / 8 * me / team; bk < n / 8 * (me + 1) / team; ++bk) move_bricks<true>(u, first, s, bk);
    meet(&meeting, team);
    const unsigned long row_bytes = 4ul * (unsigned long)n;
    for (int k = from; k < to; ++k) {   // the faces that passes do not write
      const bool face = k == 0 || k == n - 1;
      for (int j = 0; j < n; j += face ? 1 : n - 1)
        __builtin_memcpy(second + k * s.plane + j * s.row, first + k * s.plane + j * s.row, row_bytes);
    }
    float *now = first, *next = second;
    for (int done = 0; done < steps; done += most) {
      const int levels = steps - done < most ? steps - done : most;
      run_band(now, next, ring, s, from, to, levels, alpha);
      meet(&meeting, team);
      float* swap = now;
      now = next, next = swap;
    }
    for (int bk = n / 8 * me / team; bk < n / 8 * (me + 1) / team; ++bk) move_bricks<false>(u, now, s, bk);
  }
}
