/* ridgeline
# Bodies are unpacked once into arrays of their own for x, y, z, v and G*m, padded with resting massless ones. One launch holds all the
# steps; the team meets between them.
#   PAIRS = 1: each pair once. UNROLL bodies meet vectors of later ones, whose pulls are summed up in arrays of each core. Rows
#              of the triangle go to the cores from both ends, so that all have the same number of pairs.
#   PAIRS = 0: each pair twice. WIDE * UNROLL targets stay in registers while all sources stream by as broadcasts.

[tune]
PAIRS  = [1, 0]
WIDE   = [8, 16, 4]            # bodies in a vector
UNROLL = [4, 2, 1]             # vectors of targets; of pairs: bodies that meet them
AHEAD  = [1, 2, 4]             # turns of the inner loop taken together
RSQRT  = [1, 0, 2]             # 1: hardware estimate and a Newton step; 0: square root and division; 2: integer estimate, three steps
SPIN   = [1, 0]                # the team meets at 0: OpenMP's barrier; 1: one that spins, and lets others run after a while
SHARED = [1, 0]                # 1: all cores

[build]
flags = ["-O3", "-march=native", "-fopenmp", "-fno-math-errno"]

[scratch]
field = { type = "f32", count = "10 * (ceil_div(n, WIDE * UNROLL) * WIDE * UNROLL + 16)" }
pulls = { type = "f32", count = "PAIRS == 1 ? 3 * dev.cores * (ceil_div(n, WIDE * UNROLL) * WIDE * UNROLL + 16) : 0" }

[[stage]]
[[stage.op]]
launch = "evolve"
workers = "SHARED == 1 ? min(dev.cores, ceil_div(n, WIDE * UNROLL)) : 1"
args = ["pos", "vel", "mass", "field", "pulls", "n", "steps", "dt", "eps", "G"]
*/
typedef float Vec __attribute__((vector_size(4 * WIDE), may_alias));
typedef int Bits __attribute__((vector_size(4 * WIDE), may_alias));

#define PRAGMA_TEXT(text) _Pragma(#text)
#define UNROLLED(count) PRAGMA_TEXT(GCC unroll count)

[[maybe_unused]] static inline Vec refine(Vec r2, Vec r) { return r * (1.5f - 0.5f * r2 * r * r); }

[[maybe_unused]] static inline Vec by_integers(Vec r2) {
  Vec r = (Vec)(0x5f375a86 - ((Bits)r2 >> 1));
  r = refine(r2, r);
  r = refine(r2, r);
  return refine(r2, r);
}

// r2^(-3/2). An estimate r of the root with r2 r^2 = 1 - e gives r^3 (1 + 3/2 e), good to 15/8 e^2.
static inline Vec inverse_cube(Vec r2) {
#if RSQRT == 1 && WIDE == 16 && defined(__AVX512F__)
  const Vec r = (Vec)__builtin_ia32_rsqrt14ps512_mask(r2, r2, -1), s = r * r;
  return (r * s) * (2.5f - 1.5f * (r2 * s));
#elif RSQRT == 1 && WIDE == 8 && defined(__AVX__)
  const Vec r = (Vec)__builtin_ia32_rsqrtps256(r2), s = r * r;
  return (r * s) * (2.5f - 1.5f * (r2 * s));
#elif RSQRT == 1 && WIDE == 4 && defined(__SSE__)
  const Vec r = (Vec)__builtin_ia32_rsqrtps(r2), s = r * r;
  return (r * s) * (2.5f - 1.5f * (r2 * s));
#elif RSQRT == 0
  Vec root;
#if defined(__clang__)
  root = __builtin_elementwise_sqrt(r2);
#elif WIDE == 16 && defined(__AVX512F__)
  root = __builtin_ia32_sqrtps512_mask(r2, r2, -1, 4);
#elif WIDE == 8 && defined(__AVX__)
  root = __builtin_ia32_sqrtps256(r2);
#elif WIDE == 4 && defined(__SSE__)
  root = __builtin_ia32_sqrtps(r2);
#else
  for (int l = 0; l < WIDE; ++l) root[l] = __builtin_sqrtf(r2[l]);
#endif
  return 1.0f / (r2 * root);
#else
  const Vec r = by_integers(r2);
  return r * (r * r);
#endif
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

#if PAIRS == 0
static inline void pull_block(const float* x, const float* y, const float* z, const float* gm, int n, float eps2, long at, Vec* ax,
                              Vec* ay, Vec* az) {
  Vec xi[UNROLL], yi[UNROLL], zi[UNROLL], sx[UNROLL], sy[UNROLL], sz[UNROLL];
  for (int u = 0; u < UNROLL; ++u) {
    xi[u] = *(const Vec*)(x + at + u * WIDE);
    yi[u] = *(const Vec*)(y + at + u * WIDE);
    zi[u] = *(const Vec*)(z + at + u * WIDE);
    sx[u] = sy[u] = sz[u] = Vec{};
  }
  UNROLLED(AHEAD)
  for (int j = 0; j < n; ++j) {
    const Vec xj = x[j] - Vec{}, yj = y[j] - Vec{}, zj = z[j] - Vec{}, pj = gm[j] - Vec{};
    for (int u = 0; u < UNROLL; ++u) {
      const Vec dx = xj - xi[u], dy = yj - yi[u], dz = zj - zi[u];
      const Vec pull = pj * inverse_cube(dx * dx + (dy * dy + (dz * dz + eps2)));
      sx[u] += pull * dx;
      sy[u] += pull * dy;
      sz[u] += pull * dz;
    }
  }
  for (int u = 0; u < UNROLL; ++u) ax[u] = sx[u], ay[u] = sy[u], az[u] = sz[u];
}
#else
typedef float Four __attribute__((vector_size(16), may_alias));

static inline float total(Vec v) {
  Four quarter[WIDE / 4];
  __builtin_memcpy(quarter, &v, sizeof v);
  for (int k = 1; k < WIDE / 4; ++k) quarter[0] += quarter[k];
  return (quarter[0][0] + quarter[0][1]) + (quarter[0][2] + quarter[0][3]);
}

// UNROLL bodies from i on against the vectors from `from` to `to`; `both`: the pull on those, too.
static inline void meet_vectors(const float* x, const float* y, const float* z, const float* gm, float eps2, long i, long from, long to,
                                bool both, float* px, float* py, float* pz, Vec* sx, Vec* sy, Vec* sz) {
  UNROLLED(AHEAD)
  for (long j = from; j < to; j += WIDE) {
    const Vec xj = *(const Vec*)(x + j), yj = *(const Vec*)(y + j), zj = *(const Vec*)(z + j), mj = *(const Vec*)(gm + j);
    Vec tx = {}, ty = {}, tz = {};
    for (int u = 0; u < UNROLL; ++u) {
      const Vec dx = xj - x[i + u], dy = yj - y[i + u], dz = zj - z[i + u];
      const Vec cube = inverse_cube(dx * dx + (dy * dy + (dz * dz + eps2)));
      const Vec pull = mj * cube;
      sx[u] += pull * dx;
      sy[u] += pull * dy;
      sz[u] += pull * dz;
      if (both) {
        const Vec back = gm[i + u] * cube;
        tx += back * dx;
        ty += back * dy;
        tz += back * dz;
      }
    }
    if (both) {
      *(Vec*)(px + j) -= tx;
      *(Vec*)(py + j) -= ty;
      *(Vec*)(pz + j) -= tz;
    }
  }
}

// One row of the triangle: WIDE bodies among themselves, and they against all later ones.
static inline void pull_row(const float* x, const float* y, const float* z, const float* gm, float eps2, long row, long count, float* px,
                            float* py, float* pz) {
  for (long i = row; i < row + WIDE; i += UNROLL) {
    Vec sx[UNROLL] = {}, sy[UNROLL] = {}, sz[UNROLL] = {};
    meet_vectors(x, y, z, gm, eps2, i, row, row + WIDE, false, px, py, pz, sx, sy, sz);
    meet_vectors(x, y, z, gm, eps2, i, row + WIDE, count, true, px, py, pz, sx, sy, sz);
    for (int u = 0; u < UNROLL; ++u) {
      px[i + u] += total(sx[u]);
      py[i + u] += total(sy[u]);
      pz[i + u] += total(sz[u]);
    }
  }
}
#endif

extern "C" void evolve(float* pos, float* vel, const float* mass, float* field, [[maybe_unused]] float* pulls, int n, int steps, float dt, float eps, float G) {
  const long block = WIDE * UNROLL, blocks = (n + block - 1) / block, count = blocks * block;
  const long stride = (count + 15) / 16 * 16;
  float *x0 = field, *y0 = x0 + stride, *z0 = y0 + stride, *x1 = z0 + stride, *y1 = x1 + stride, *z1 = y1 + stride;
  float *vx = z1 + stride, *vy = vx + stride, *vz = vy + stride, *gm = vz + stride;
  const float eps2 = eps * eps;
  Meeting meeting = {0, 0};
#pragma omp parallel
  {
    const int team = omp_get_num_threads(), me = omp_get_thread_num();
    const long from = blocks * me / team * block, to = blocks * (me + 1) / team * block;
    const long real_to = to < n ? to : n;
    for (long i = from; i < real_to; ++i) {
      x0[i] = pos[4 * i], y0[i] = pos[4 * i + 1], z0[i] = pos[4 * i + 2];
      vx[i] = vel[4 * i], vy[i] = vel[4 * i + 1], vz[i] = vel[4 * i + 2];
      gm[i] = G * mass[i];
    }
    for (long i = from > n ? from : n; i < to; ++i) x0[i] = y0[i] = z0[i] = vx[i] = vy[i] = vz[i] = gm[i] = 0;
    float *x = x0, *y = y0, *z = z0, *nx = x1, *ny = y1, *nz = z1;
    for (int t = 0; t < steps; ++t) {
      meet(&meeting, team);   // everybody's positions are there
#if PAIRS
      float *px = pulls + 3 * stride * me, *py = px + stride, *pz = py + stride;
      for (long i = 0; i < 3 * stride; ++i) px[i] = 0;
      for (long row = 0, r = 0; row < count; row += WIDE, ++r) {
        const long turn = r / team, place = r % team;
        if ((turn % 2 ? team - 1 - place : place) == me) pull_row(x, y, z, gm, eps2, row, count, px, py, pz);
      }
      meet(&meeting, team);   // everybody's sums are there
#endif
      for (long at = from; at < to; at += block) {
        Vec ax[UNROLL], ay[UNROLL], az[UNROLL];
#if PAIRS
        for (int u = 0; u < UNROLL; ++u) {
          const float* p = pulls + at + u * WIDE;
          ax[u] = *(const Vec*)p, ay[u] = *(const Vec*)(p + stride), az[u] = *(const Vec*)(p + 2 * stride);
          for (int other = 1; other < team; ++other) {
            p += 3 * stride;
            ax[u] += *(const Vec*)p, ay[u] += *(const Vec*)(p + stride), az[u] += *(const Vec*)(p + 2 * stride);
          }
        }
#else
        pull_block(x, y, z, gm, n, eps2, at, ax, ay, az);
#endif
        for (int u = 0; u < UNROLL; ++u) {
          const long i = at + u * WIDE;
          Vec* v = (Vec*)(vx + i);
          *v += ax[u] * dt;
          *(Vec*)(nx + i) = *(const Vec*)(x + i) + *v * dt;
          v = (Vec*)(vy + i);
          *v += ay[u] * dt;
          *(Vec*)(ny + i) = *(const Vec*)(y + i) + *v * dt;
          v = (Vec*)(vz + i);
          *v += az[u] * dt;
          *(Vec*)(nz + i) = *(const Vec*)(z + i) + *v * dt;
        }
      }
      float* swap = x;
      x = nx, nx = swap;
      swap = y, y = ny, ny = swap;
      swap = z, z = nz, nz = swap;
    }
    for (long i = from; i < real_to; ++i) {
      pos[4 * i] = x[i], pos[4 * i + 1] = y[i], pos[4 * i + 2] = z[i];
      vel[4 * i] = vx[i], vel[4 * i + 1] = vy[i], vel[4 * i + 2] = vz[i];
    }
  }
}
