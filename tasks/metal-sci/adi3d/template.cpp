/* ridgeline
# The grid moves into a field with a margin behind each row and plane, so that lines along y and z do not fall into one set of a cache;
# the first sweep reads u and the last one writes it, so the field costs no copies. Elimination factors are tabulated once: no
# divisions. Lines along y and z are solved side by side in vectors; lines along x are turned on the way through registers. Two sweeps
# that share planes are one pass while a plane stays in cache. One launch holds all the steps; the team meets between passes.

[tune]
WIDE   = [16, 8, 4]               # floats in a vector
COLS   = [2, 1, 4]                # vectors of lines along y and z at once
FUSE   = [1, 2, 0]                # 0: every sweep a pass; 1: x and y on planes; 2: x and y, z and x, y and z
PAD    = [16, 80, 0]              # floats between planes
SPIN   = [1, 0]                   # the team meets at 0: OpenMP's barrier; 1: one that spins, and lets others run after a while
SHARED = [1, 0]                   # 1: all cores

[build]
flags = ["-O3", "-march=native", "-fopenmp"]

[scratch]
field = { type = "f32", count = "nz * (ny * (ceil_div(nx, 16) * 16 + 16) + PAD) + 64" }
lines = { type = "f32", count = "dev.cores * (max(nx, ny, nz) + 32) * 64" }
factors = { type = "f32", count = "2 * (nx + ny + nz + 96)" }

[[stage]]
[[stage.op]]
launch = "adi_run"
workers = "SHARED == 1 ? min(dev.cores, ceil_div(cells, 4096)) : 1"
args = ["u", "field", "lines", "factors", "nx", "ny", "nz", "steps", "mu"]
*/
typedef float Vec __attribute__((vector_size(4 * WIDE), may_alias, aligned(4)));
typedef int Lanes __attribute__((vector_size(4 * WIDE)));

static inline Vec load(const float* p) { return *(const Vec*)p; }
static inline void store(float* p, Vec v) { *(Vec*)p = v; }

// A line of n cells: forward d[i] = m[i] v[i] + c[i] d[i-1], backward v[i] = d[i] + c[i] v[i+1]. m = 1 and c = 0 at both ends keep them.
struct Factors {
  const float *m, *c;
};

static Factors eliminate(float* at, int n, float mu) {
  float *m = at, *c = at + n + 16;
  double last = 0.0;
  for (int i = 0; i < n + 16; ++i) m[i] = c[i] = 0.0f;
  for (int i = 1; i < n - 1; ++i) {
    const double pivot = 1.0 / (1.0 + double(mu) * (2.0 - last));
    const double next = double(mu) * pivot;
    m[i] = float(pivot);
    c[i] = float(next);
    if (next == last) {   // converged: the rest is the same
      for (; i < n - 1; ++i) m[i] = float(pivot), c[i] = float(next);
      break;
    }
    last = next;
  }
  m[0] = m[n - 1] = 1.0f;
  return {m, c};
}

// Turns WIDE vectors of WIDE: pairs of rows are interleaved again and again.
#if WIDE == 16
#define LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif WIDE == 8
#define LOW 0, 8, 1, 9, 2, 10, 3, 11
#define HIGH 4, 12, 5, 13, 6, 14, 7, 15
#else
#define LOW 0, 4, 1, 5
#define HIGH 2, 6, 3, 7
#endif
static inline __attribute__((always_inline)) void turn(Vec v[WIDE]) {
  for (int step = 1; step < WIDE; step *= 2) {
    Vec w[WIDE];
    for (int r = 0; r < WIDE / 2; ++r) {
      w[2 * r] = __builtin_shufflevector(v[r], v[r + WIDE / 2], LOW);
      w[2 * r + 1] = __builtin_shufflevector(v[r], v[r + WIDE / 2], HIGH);
    }
    for (int r = 0; r < WIDE; ++r) v[r] = w[r];
  }
}

// `rows` lines along x. Behind a row of `to` there is room for a vector, which is set to zero beyond n.
static void sweep_x(const float* from, long from_stride, float* to, long to_stride, int rows, int n, Factors f, float* line) {
  for (int first = 0; first < rows; first += WIDE) {
    const int many = rows - first < WIDE ? rows - first : WIDE;
    const float* in = from + first * from_stride;
    float* out = to + first * to_stride;
    Vec d = Vec{};
    for (int i = 0; i < n; i += WIDE) {
      Vec v[WIDE];
      if (i + WIDE <= n && many == WIDE) {
        for (int r = 0; r < WIDE; ++r) v[r] = load(in + r * from_stride + i);
      } else {
        const int here = n - i < WIDE ? n - i : WIDE;
        for (int r = 0; r < WIDE; ++r) {
          v[r] = Vec{};
          if (r < many) __builtin_memcpy(&v[r], in + r * from_stride + i, 4ul * (unsigned long)here);
        }
      }
      turn(v);
      for (int l = 0; l < WIDE; ++l) {
        d = f.m[i + l] * v[l] + f.c[i + l] * d;
        store(line + (i + l) * WIDE, d);
      }
    }
    Vec v[WIDE], next = Vec{};
    for (int i = (n - 1) / WIDE * WIDE; i >= 0; i -= WIDE) {
      for (int l = WIDE - 1; l >= 0; --l) v[l] = next = load(line + (i + l) * WIDE) + f.c[i + l] * next;
      turn(v);
      if (many == WIDE) {
        for (int r = 0; r < WIDE; ++r) store(out + r * to_stride + i, v[r]);
      } else {
        for (int r = 0; r < WIDE; ++r)
          if (r < many) store(out + r * to_stride + i, v[r]);
      }
    }
  }
}

// COLS or one vector of lines along y or z, from column i on; the columns 0 and nx - 1 and what lies behind keep their values.
template <int cols>
static inline void sweep_block(const float* from, long from_stride, float* to, long to_stride, int n, Factors f, float* line, int i,
                               int nx, bool dense) {
  Vec d[cols];
  for (int c = 0; c < cols; ++c) d[c] = load(from + c * WIDE);
  for (int s = 1; s < n - 1; ++s) {
    for (int c = 0; c < cols; ++c) {
      d[c] = f.m[s] * load(from + s * from_stride + c * WIDE) + f.c[s] * d[c];
      store(line + (s * cols + c) * WIDE, d[c]);
    }
  }
  for (int c = 0; c < cols; ++c) d[c] = load(from + (n - 1) * from_stride + c * WIDE);
  if (i > 0 && i + cols * WIDE < nx) {
    for (int s = n - 2; s > 0; --s) {
      for (int c = 0; c < cols; ++c) {
        d[c] = load(line + (s * cols + c) * WIDE) + f.c[s] * d[c];
        store(to + s * to_stride + c * WIDE, d[c]);
      }
    }
    return;
  }
  Lanes inner[cols] = {};
  for (int c = 0; c < cols; ++c)
    for (int l = 0; l < WIDE; ++l) inner[c][l] = i + c * WIDE + l > 0 && i + c * WIDE + l < nx - 1 ? -1 : 0;
  for (int s = n - 2; s > 0; --s) {
    for (int c = 0; c < cols; ++c) {
      d[c] = load(line + (s * cols + c) * WIDE) + f.c[s] * d[c];
      float* at = to + s * to_stride + c * WIDE;
      if (!dense || i + (c + 1) * WIDE <= nx) {
        store(at, inner[c] ? d[c] : load(at));
      } else {   // behind this row begins the next one
        for (int l = 0; l < WIDE; ++l)
          if (inner[c][l]) at[l] = d[c][l];
      }
    }
  }
}

// All lines of a plane of nx columns. `dense`: `to` has no margin behind its rows.
static void sweep_plane(const float* from, long from_stride, float* to, long to_stride, int n, Factors f, float* line, int nx, bool dense) {
  int i = 0;
  for (; i + COLS * WIDE <= nx; i += COLS * WIDE) sweep_block<COLS>(from + i, from_stride, to + i, to_stride, n, f, line, i, nx, dense);
  for (; i < nx; i += WIDE) sweep_block<1>(from + i, from_stride, to + i, to_stride, n, f, line, i, nx, dense);
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

static void copy_row(const float* from, float* to, int nx, long row) {
  __builtin_memcpy(to, from, 4ul * (unsigned long)nx);
  for (long i = nx; i < row; ++i) to[i] = 0.0f;
}

struct Part {
  int from, to;
};

// A member's share of the inner planes 1 … n - 2.
static Part share(int n, int me, int team) { return {1 + int(long(n - 2) * me / team), 1 + int(long(n - 2) * (me + 1) / team)}; }

extern "C" void adi_run(float* u, float* field, float* lines, float* factors, int nx, int ny, int nz, int steps, float mu) {
  const long row = (nx + 15) / 16 * 16 + 16, plane = ny * row + PAD, dense_plane = long(nx) * ny;
  const int longest = nx > ny ? (nx > nz ? nx : nz) : (ny > nz ? ny : nz);
  const Factors fx = eliminate(factors, nx, mu), fy = eliminate(factors + 2 * (nx + 16), ny, mu),
                fz = eliminate(factors + 2 * (nx + ny + 32), nz, mu);
  Meeting meeting = {0, 0};
#pragma omp parallel
  {
    const int team = omp_get_num_threads(), me = omp_get_thread_num();
    const Part over_k = share(nz, me, team), over_j = share(ny, me, team);
    float* const line = lines + me * (longest + 32l) * 64;
    if (me == 0)
      for (int j = 0; j < ny; ++j) copy_row(u + long(j) * nx, field + j * row, nx, row);
    if (me == team - 1)
      for (int j = 0; j < ny; ++j) copy_row(u + (nz - 1) * dense_plane + long(j) * nx, field + (nz - 1) * plane + j * row, nx, row);
    for (int k = over_k.from; k < over_k.to; ++k)
      for (int j = 0; j < ny; j += ny - 1) copy_row(u + k * dense_plane + long(j) * nx, field + k * plane + j * row, nx, row);
    const int sweeps = 3 * steps;
    for (int s = 0; s < sweeps;) {
      const int axis = s % 3;
      const bool last = s == sweeps - 1, fused = !last && FUSE > 0 && (axis == 0 || FUSE == 2);
      const bool ends = s + (fused ? 2 : 1) == sweeps;   // its last sweep, along z, goes to u
      float* const end = ends ? u : field;
      const long end_plane = ends ? dense_plane : plane, end_row = ends ? nx : row;
      if (axis == 1 && fused) {           // y and z, a vector of columns after the other
        const int blocks = (nx + WIDE - 1) / WIDE;
        for (int b = blocks * me / team; b < blocks * (me + 1) / team; ++b) {
          const int i = b * WIDE;
          for (int k = 1; k < nz - 1; ++k)
            sweep_block<1>(field + k * plane + i, row, field + k * plane + i, row, ny, fy, line, i, nx, false);
          for (int j = 1; j < ny - 1; ++j)
            sweep_block<1>(field + j * row + i, plane, end + j * end_row + i, end_plane, nz, fz, line, i, nx, ends);
        }
      } else if (axis == 2) {             // z, and x of the next step
        for (int j = over_j.from; j < over_j.to; ++j) {
          sweep_plane(field + j * row, plane, end + j * end_row, end_plane, nz, fz, line, nx, ends);
          if (fused) sweep_x(field + plane + j * row, plane, field + plane + j * row, plane, nz - 2, nx, fx, line);
        }
      } else {                            // x, y, or both
        for (int k = over_k.from; k < over_k.to; ++k) {
          float* const at = field + k * plane;
          if (axis == 0 && s == 0) sweep_x(u + k * dense_plane + nx, nx, at + row, row, ny - 2, nx, fx, line);
          if (axis == 0 && s > 0) sweep_x(at + row, row, at + row, row, ny - 2, nx, fx, line);
          if (axis == 1 || fused) sweep_plane(at, row, at, row, ny, fy, line, nx, false);
        }
      }
      meet(&meeting, team);
      s += fused ? 2 : 1;
    }
  }
}
