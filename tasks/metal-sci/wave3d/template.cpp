/* ridgeline
# The new level takes the place of the level before last, which is needed in the cell itself only, so two grids are all there is. A
# pass carries KS steps through the grid at once, without copies and without computing anything twice: each core has a slab of planes in
# which time level s marches along z one plane behind level s - 1, so that a plane is still in cache when it is used again. Slabs
# shrink by a plane per level where they touch; what is then missing is filled in after a meeting. CHUNK rows at a time keep the
# marching planes small enough for the nearest caches: chunks lean back by a row per level, so they fit without overlap.

[tune]
KS     = [6, 4, 8, 3, 2, 1]       # time steps per pass
CHUNK  = [64, 0, 32, 128, 16]     # rows marched together; 0: all
WIDE   = [16, 8, 4]               # floats in a vector
ROWS   = [1, 2, 4]                # rows computed together, sharing their loads
LANES  = [1, 0]                   # neighbours along x by 0: loads that straddle, 1: moving lanes between registers
SPIN   = [0, 1]                   # the team meets at 0: OpenMP's barrier; 1: one that spins, for cores that nobody else wants

[build]
flags = ["-O3", "-march=native", "-fopenmp"]

[[stage]]
when = "steps % 2 == 1"
rotate = [["prev", "u"]]
[[stage.op]]
launch = "wave_run"
workers = "dev.cores"
args = ["prev", "u", "nx", "ny", "nz", "steps", "alpha"]

[[stage]]
when = "steps % 2 == 0"
[[stage.op]]
launch = "wave_run"
workers = "dev.cores"
args = ["prev", "u", "nx", "ny", "nz", "steps", "alpha"]
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

// A vector of COUNT neighbouring rows of one plane. `along`: the sums of the neighbours along x.
template <int COUNT>
static inline void advance(const float* u, const float* to, long nx, long plane, const Vec* along, float alpha, Vec* result) {
  const float centre = 2.0f - 6.0f * alpha;
  Vec mid[COUNT + 2];
  for (int r = 0; r < COUNT + 2; ++r) mid[r] = load(u + (r - 1) * nx);
  for (int r = 0; r < COUNT; ++r) {
    const float* row = u + r * nx;
    const Vec sum = (along[r] + (mid[r] + mid[r + 2])) + (load(row - plane) + load(row + plane));
    result[r] = (centre * mid[r + 1] - load(to + r * nx)) + alpha * sum;
  }
}

// COUNT rows inside the box. `u` and `to`: the first row's first element.
template <int COUNT>
static inline void advance_rows(const float* u, float* to, long nx, long plane, float alpha) {
  if (nx < WIDE) {
    for (int r = 0; r < COUNT; ++r, u += nx, to += nx) {
      for (long i = 1; i < nx - 1; ++i) {
        const float sum = ((u[i - 1] + u[i + 1]) + (u[i - nx] + u[i + nx])) + (u[i - plane] + u[i + plane]);
        to[i] = (2.0f * u[i] - to[i]) + alpha * (sum - 6.0f * u[i]);
      }
      to[0] = u[0];
      to[nx - 1] = u[nx - 1];
    }
    return;
  }
  // The last vector overlaps the one before it: it is computed first, while the old level still stands there, and stored last. Lanes
  // at the ends of a row hold nonsense until they are put right.
  const long last = nx - WIDE;
  Vec along[COUNT], part[COUNT], tail[COUNT];
  for (int r = 0; r < COUNT; ++r) along[r] = load(u + r * nx + last - 1) + load(u + r * nx + last + 1);
  advance<COUNT>(u + last, to + last, nx, plane, along, alpha, tail);
#if LANES
  Vec before[COUNT], mid[COUNT];
  for (int r = 0; r < COUNT; ++r) before[r] = mid[r] = load(u + r * nx);
#endif
  for (long i = 0; i < last; i += WIDE) {
    for (int r = 0; r < COUNT; ++r) {
#if LANES
      const Vec after = load(u + r * nx + i + WIDE);   // may reach into the next row: only its first lane is used then
      along[r] = Count<WIDE>::left(before[r], mid[r]) + Count<WIDE>::right(mid[r], after);
      before[r] = mid[r];
      mid[r] = after;
#else
      along[r] = load(u + r * nx + i - 1) + load(u + r * nx + i + 1);
#endif
    }
    advance<COUNT>(u + i, to + i, nx, plane, along, alpha, part);
    for (int r = 0; r < COUNT; ++r) *(Vec*)(to + r * nx + i) = part[r];
  }
  for (int r = 0; r < COUNT; ++r, u += nx, to += nx) {
    *(Vec*)(to + last) = tail[r];
    to[0] = u[0];
    to[nx - 1] = u[nx - 1];
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

struct Box {
  long nx, ny, nz;
  float alpha;
};

// Rows [from, to) of plane k.
static inline void advance_plane(const Box& b, const float* u, float* into, long k, long from, long to) {
  const long plane = b.nx * b.ny;
  long j = from;
  for (; j + ROWS <= to; j += ROWS) advance_rows<ROWS>(u + k * plane + j * b.nx, into + k * plane + j * b.nx, b.nx, plane, b.alpha);
  for (; j < to; ++j) advance_rows<1>(u + k * plane + j * b.nx, into + k * plane + j * b.nx, b.nx, plane, b.alpha);
}

// One step of rows [from, to) of plane k, from level s: levels stand in the two grids in turns.
static inline void step(const Box& b, float* before, float* now, int s, long k, long from, long to) {
  s % 2 == 0 ? advance_plane(b, now, before, k, from, to) : advance_plane(b, before, now, k, from, to);
}

// `levels` steps of the planes [low, high): fewer by one per step at the sides that touch another slab.
static void march(const Box& b, float* before, float* now, long low, long high, int levels) {
  const long most = b.ny + levels, chunk = CHUNK > 0 ? CHUNK : most;
  const int left = low > 1, right = high < b.nz - 1;
  for (long first = 1; first < most; first += chunk)
    for (long front = low; front < high + levels - 1; ++front)
      for (int s = 0; s < levels; ++s) {
        const long k = front - s, from = first - s < 1 ? 1 : first - s, end = first + chunk - s, to = end < b.ny - 1 ? end : b.ny - 1;
        if (k >= low + s * left && k < high - s * right && from < to) step(b, before, now, s, k, from, to);
      }
}

// What the slabs on both sides of plane `border` left out.
static void fill(const Box& b, float* before, float* now, long border, int levels) {
  for (int s = 1; s < levels; ++s)
    for (long k = border - s; k < border + s; ++k) step(b, before, now, s, k, 1, b.ny - 1);
}

// The faces are the same in all levels from the first step on.
static void copy_faces(const Box& b, const float* u, float* prev, int me, int team) {
  const long plane = b.nx * b.ny;
  for (long k = b.nz * me / team; k < b.nz * (me + 1) / team; ++k) {
    const float* from = u + k * plane;
    float* to = prev + k * plane;
    if (k == 0 || k == b.nz - 1) {
      __builtin_memcpy(to, from, 4 * plane);
    } else {
      __builtin_memcpy(to, from, 4 * b.nx);
      __builtin_memcpy(to + plane - b.nx, from + plane - b.nx, 4 * b.nx);
    }
  }
}

extern "C" void wave_run(float* prev, float* u, int nx, int ny, int nz, int steps, float alpha) {
  const Box b = {nx, ny, nz, alpha};
  Meeting meeting = {0, 0};
#pragma omp parallel
  {
    const int team = omp_get_num_threads(), me = omp_get_thread_num();
    copy_faces(b, u, prev, me, team);
    meet(&meeting, team);
    const long planes = b.nz - 2, low = 1 + planes * me / team, high = 1 + planes * (me + 1) / team;
    // Slabs have to be thicker than what is filled in between them.
    const long thick = planes / (2 * team), most = team == 1 || thick >= KS ? KS : thick < 1 ? 1 : thick;
    float *before = prev, *now = u;
    for (int done = 0; done < steps;) {
      const int levels = steps - done < most ? steps - done : int(most);
      march(b, before, now, low, high, levels);
      meet(&meeting, team);
      if (levels > 1) {
        if (me > 0) fill(b, before, now, low, levels);
        meet(&meeting, team);
      }
      if (levels % 2 == 1) {
        float* swap = before;
        before = now, now = swap;
      }
      done += levels;
    }
  }
}
