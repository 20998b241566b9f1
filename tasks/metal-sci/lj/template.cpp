/* ridgeline
# Particles are sorted by cells, four floats each, and everybody has a list of those within r_cut + SKIN. The list holds until somebody has
# gone half of SKIN; then everything is sorted anew. Lists are made from runs of neighbouring cells, which are contiguous along x;
# forces load partners as they come and turn WIDE of them into vectors of x, y and z with shuffles.

[tune]
WIDE   = [8, 16, 4]                    # partners in a vector
SKIN   = [0.2, 0.3, 0.1, 0.45, 0.6]    # how far beyond the cut-off the lists reach
BINS   = [4, 2, 1]                     # parts of a cell along x
RECIP  = [1, 0]                        # 1/r^2 by 1: hardware estimate and a Newton step; 0: division
TWICE  = [1, 2]                        # vectors of partners taken together
SPIN   = [1, 0]                        # the team meets at 0: OpenMP's barrier; 1: one that spins, and lets others run after a while
SHARED = [1, 0]                        # 1: all cores

[build]
flags = ["-O3", "-march=native", "-fopenmp", "-fno-math-errno"]

[scratch]
field = { type = "f32", count = "20 * (n + 32)" }
order = { type = "i32", count = "n" }
keys = { type = "i32", count = "n" }
bins = { type = "i32", count = "2 * (BINS * ipow(max(1, floor(L / (r_cut + SKIN))), 3) + 1)" }
lists = { type = "i32", count = "n * 16 * (4 + ceil(0.42 * density * pow(r_cut + SKIN, 3)))" }
counts = { type = "i32", count = "n" }

[[stage]]
[[stage.op]]
launch = "lj_run"
workers = "SHARED == 1 ? min(dev.cores, 64, ceil_div(n, 64)) : 1"
args = ["pos", "vel", "field", "order", "keys", "bins", "lists", "counts", "n", "steps", "L", "r_cut", "dt", { value = "max(1, floor(L / (r_cut + SKIN)))" }, { value = "16 * (4 + ceil(0.42 * density * pow(r_cut + SKIN, 3)))" }]
*/
typedef float Vec __attribute__((vector_size(4 * WIDE), may_alias));
typedef float Loose __attribute__((vector_size(4 * WIDE), may_alias, aligned(4)));
typedef int Bits __attribute__((vector_size(4 * WIDE), may_alias));
typedef int LooseBits __attribute__((vector_size(4 * WIDE), may_alias, aligned(4)));
typedef float Four __attribute__((vector_size(16), may_alias));
#if WIDE >= 8
typedef float Eight __attribute__((vector_size(32), may_alias));
#endif

static inline Vec reciprocal(Vec v) {
#if RECIP && WIDE == 16 && defined(__AVX512F__) && !defined(__clang__)
  const Vec r = __builtin_ia32_rcp14ps512_mask(v, v, -1);
  return r * (2.0f - v * r);
#elif RECIP && WIDE == 8 && defined(__AVX__) && !defined(__clang__)
  const Vec r = __builtin_ia32_rcpps256(v);
  return r * (2.0f - v * r);
#elif RECIP && WIDE == 4 && defined(__SSE__)
  const Vec r = __builtin_ia32_rcpps(v);
  return r * (2.0f - v * r);
#else
  return 1.0f / v;
#endif
}

static inline float sum(Vec v) {
  Four quarter[WIDE / 4];
  __builtin_memcpy(quarter, &v, sizeof v);
  for (int k = 1; k < WIDE / 4; ++k) quarter[0] += quarter[k];
  return (quarter[0][0] + quarter[0][1]) + (quarter[0][2] + quarter[0][3]);
}

// d to its nearest image. Adding and taking away 1.5 * 2^23 rounds to a whole number.
static inline Vec nearest(Vec d, float L, float inverse) {
  const Vec k = (d * inverse + 12582912.0f) - 12582912.0f;
  return d - k * L;
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

struct Fluid {
  float *pos, *vel;              // the task's, in its order
  Four *now, *next, *v, *built;  // sorted; built: where everybody stood when the lists were made
  float *x, *y, *z;              // the same, by components
  int *order, *keys;             // whose place it is; the cell of everybody
  int *start, *cursor;           // first place of each bin, and one more
  int *lists, *counts;           // partners, whole vectors of them; -1: too many for the list
  int n, side, capacity;         // cells per side, at least as wide as the lists reach
  float L, reach;
};

static inline float wrapped(float x, float L) {
  x -= L * __builtin_floorf(x / L);
  return x < L ? x : 0.0f;
}

static inline int cell_of(float x, float scale, int many) {
  const int c = int(x * scale);
  return c < many ? c : many - 1;
}

static void find_keys(const Fluid& f, int from, int to) {
  const float scale = float(f.side) / f.L;
  for (int i = from; i < to; ++i) {
    const float* p = f.pos + 4 * i;
    const int cx = cell_of(wrapped(p[0], f.L), scale * BINS, f.side * BINS), cy = cell_of(wrapped(p[1], f.L), scale, f.side),
              cz = cell_of(wrapped(p[2], f.L), scale, f.side);
    f.keys[i] = (cz * f.side + cy) * f.side * BINS + cx;
  }
}

static void sort(const Fluid& f) {
  const int bins = f.side * f.side * f.side * BINS;
  for (int b = 0; b < bins; ++b) f.cursor[b] = 0;
  for (int i = 0; i < f.n; ++i) ++f.cursor[f.keys[i]];
  int place = 0;
  for (int b = 0; b < bins; ++b) {
    f.start[b] = place;
    place += f.cursor[b];
    f.cursor[b] = f.start[b];
  }
  f.start[bins] = place;
  for (int i = 0; i < f.n; ++i) f.order[f.cursor[f.keys[i]]++] = i;
  for (int p = f.n; p < f.n + 16; ++p) f.x[p] = f.y[p] = f.z[p] = 0;   // read with the last vector, and masked
}

static void fetch(const Fluid& f, int from, int to) {
  for (int p = from; p < to; ++p) {
    const float *r = f.pos + 4 * f.order[p], *v = f.vel + 4 * f.order[p];
    f.x[p] = wrapped(r[0], f.L), f.y[p] = wrapped(r[1], f.L), f.z[p] = wrapped(r[2], f.L);
    f.now[p] = f.built[p] = Four{f.x[p], f.y[p], f.z[p], 0};
    f.v[p] = Four{v[0], v[1], v[2], 0};
  }
}

// Appends those of [j, end) that lie within reach; at most one vector of them.
static inline int append(const Fluid& f, float xi, float yi, float zi, int j, int end, Bits lane, int* out) {
  const float inverse = 1.0f / f.L;
  const Vec dx = nearest(*(const Loose*)(f.x + j) - xi, f.L, inverse), dy = nearest(*(const Loose*)(f.y + j) - yi, f.L, inverse),
            dz = nearest(*(const Loose*)(f.z + j) - zi, f.L, inverse);
  const Vec r2 = dx * dx + (dy * dy + dz * dz);
  const Bits index = lane + j;
#if WIDE == 16 && defined(__AVX512F__) && !defined(__clang__)
  const unsigned short near = __builtin_ia32_cmpps512_mask(r2, f.reach * f.reach - Vec{}, 1, -1, 4) &
                              __builtin_ia32_cmpd512_mask(index, end - Bits{}, 1, -1);
  *(LooseBits*)out = (Bits)__builtin_ia32_compresssi512_mask(index, Bits{}, near);
  return __builtin_popcount(near);
#elif WIDE == 8 && defined(__AVX512VL__) && !defined(__clang__)
  const unsigned char near = __builtin_ia32_cmpps256_mask(r2, f.reach * f.reach - Vec{}, 1, -1) &
                             __builtin_ia32_cmpd256_mask(index, end - Bits{}, 1, -1);
  *(LooseBits*)out = (Bits)__builtin_ia32_compresssi256_mask(index, Bits{}, near);
  return __builtin_popcount(near);
#else
  const Bits near = (Bits)(r2 < f.reach * f.reach) & (Bits)(index < end);
  int count = 0;
  for (int l = 0; l < WIDE; ++l) {
    out[count] = index[l];
    count -= near[l];
  }
  return count;
#endif
}

// Lists of all particles in one bin. Each cell around is looked at once, also in boxes of less than three.
static void list_bin(const Fluid& f, int bin) {
  const int from = f.start[bin], to = f.start[bin + 1];
  if (from == to) return;
  const int row = bin / (f.side * BINS), cx = bin % (f.side * BINS), cy = row % f.side, cz = row / f.side;
  const int across = f.side < 3 ? f.side : 3, along = f.side * BINS < 2 * BINS + 1 ? f.side * BINS : 2 * BINS + 1;
  int runs[18][2], many = 0;
  for (int k = 0; k < across * across; ++k) {
    const int oy = (cy + f.side - 1 + k % across) % f.side, oz = (cz + f.side - 1 + k / across) % f.side;
    const int* first = f.start + (oz * f.side + oy) * f.side * BINS;
    const int low = (cx + f.side * BINS - BINS) % (f.side * BINS), high = low + along;
    if (high <= f.side * BINS) {
      runs[many][0] = first[low], runs[many++][1] = first[high];
    } else {   // through the wall
      runs[many][0] = first[low], runs[many++][1] = first[f.side * BINS];
      runs[many][0] = first[0], runs[many++][1] = first[high - f.side * BINS];
    }
  }
  Bits lane;
  for (int l = 0; l < WIDE; ++l) lane[l] = l;
  for (int i = from; i < to; ++i) {
    int *out = f.lists + long(i) * f.capacity, count = 0;
    for (int r = 0; r < many && count >= 0; ++r) {
      for (int j = runs[r][0]; j < runs[r][1]; j += WIDE) {
        if (count + 3 * WIDE > f.capacity) {   // never in a fluid: then everybody, in advance()
          count = -1;
          break;
        }
        count += append(f, f.x[i], f.y[i], f.z[i], j, runs[r][1], lane, out + count);
      }
    }
    while (count > 0 && count % (WIDE * TWICE)) out[count++] = i;   // whole vectors: nobody feels himself
    f.counts[i] = count;
  }
}

struct Pull {
  Vec x, y, z;
};

#if WIDE >= 8
static inline Eight pair(Four a, Four b) { return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7); }
#endif

// Four particles in each quarter of a vector: x, y and z of all of them, in any order that is the same for the three.
static inline void turn(const Four* r, const int* j, Vec& x, Vec& y, Vec& z) {
#if WIDE == 4
  const Four a = r[j[0]], b = r[j[1]], c = r[j[2]], d = r[j[3]];
  const Four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  x = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
  y = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
  z = __builtin_shufflevector(__builtin_shufflevector(a, b, 2, 6, 3, 7), __builtin_shufflevector(c, d, 2, 6, 3, 7), 0, 1, 4, 5);
#elif WIDE == 8
  const Eight a = pair(r[j[0]], r[j[4]]), b = pair(r[j[1]], r[j[5]]), c = pair(r[j[2]], r[j[6]]), d = pair(r[j[3]], r[j[7]]);
  const Eight ab = __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13), cd = __builtin_shufflevector(c, d, 0, 8, 1, 9, 4, 12, 5, 13);
  x = __builtin_shufflevector(ab, cd, 0, 1, 8, 9, 4, 5, 12, 13);
  y = __builtin_shufflevector(ab, cd, 2, 3, 10, 11, 6, 7, 14, 15);
  z = __builtin_shufflevector(__builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15),
                              __builtin_shufflevector(c, d, 2, 10, 3, 11, 6, 14, 7, 15), 0, 1, 8, 9, 4, 5, 12, 13);
#else
  Vec q[4];
  for (int k = 0; k < 4; ++k)
    q[k] = __builtin_shufflevector(pair(r[j[k]], r[j[k + 4]]), pair(r[j[k + 8]], r[j[k + 12]]), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
                                   14, 15);
  const Vec ab = __builtin_shufflevector(q[0], q[1], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29),
            cd = __builtin_shufflevector(q[2], q[3], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
  x = __builtin_shufflevector(ab, cd, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
  y = __builtin_shufflevector(ab, cd, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
  z = __builtin_shufflevector(__builtin_shufflevector(q[0], q[1], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31),
                              __builtin_shufflevector(q[2], q[3], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31), 0, 1, 16, 17, 4,
                              5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
#endif
}

static inline void meet_partners(const Fluid& f, Four me, const int* j, float inverse, float cut2, Pull& pull) {
  Vec x, y, z;
  turn(f.now, j, x, y, z);
  const Vec dx = nearest(x - me[0], f.L, inverse), dy = nearest(y - me[1], f.L, inverse), dz = nearest(z - me[2], f.L, inverse);
  const Vec r2 = dx * dx + (dy * dy + dz * dz);
  const Bits near = (Bits)(r2 < cut2) & (Bits)(r2 > 1e-12f);
  const Vec s2 = reciprocal(r2), s6 = s2 * (s2 * s2);
  const Vec by = (Vec)(near & (Bits)(s6 * s2 * (24.0f - 48.0f * s6)));
  pull.x += by * dx;
  pull.y += by * dy;
  pull.z += by * dz;
}

// One step for a particle; the squared way from where the lists were made.
static inline float advance(const Fluid& f, int i, float inverse, float cut2, float dt) {
  const int *list = f.lists + long(i) * f.capacity, count = f.counts[i];
  const Four me = f.now[i];
  Pull pull[TWICE] = {};
  for (int k = 0; k < count; k += WIDE * TWICE)
    for (int t = 0; t < TWICE; ++t) meet_partners(f, me, list + k + t * WIDE, inverse, cut2, pull[t]);
  if (count < 0) {
    for (int j = 0; j < f.n; j += WIDE) {
      int all[WIDE];
      for (int l = 0; l < WIDE; ++l) all[l] = j + l < f.n ? j + l : i;
      meet_partners(f, me, all, inverse, cut2, pull[0]);
    }
  }
  for (int t = 1; t < TWICE; ++t) pull[0].x += pull[t].x, pull[0].y += pull[t].y, pull[0].z += pull[t].z;
  const Four force = {sum(pull[0].x), sum(pull[0].y), sum(pull[0].z), 0};
  f.v[i] += force * dt;
  f.next[i] = me + f.v[i] * dt;
  const Four way = f.next[i] - f.built[i];
  return way[0] * way[0] + way[1] * way[1] + way[2] * way[2];
}

// Back to the task's order, and to the image of the box where the particle was.
static void give_back(const Fluid& f, int from, int to) {
  for (int p = from; p < to; ++p) {
    float *r = f.pos + 4 * f.order[p], *v = f.vel + 4 * f.order[p];
    for (int k = 0; k < 3; ++k) {
      r[k] = f.now[p][k] + __builtin_rintf((r[k] - f.built[p][k]) / f.L) * f.L;
      v[k] = f.v[p][k];
    }
  }
}

extern "C" void lj_run(float* pos, float* vel, float* field, int* order, int* keys, int* bins, int* lists, int* counts, int n, int steps,
                       float L, float r_cut, float dt, int side, int capacity) {
  Fluid f;
  f.pos = pos, f.vel = vel, f.order = order, f.keys = keys, f.lists = lists, f.counts = counts;
  f.n = n, f.side = side, f.capacity = capacity, f.L = L, f.reach = r_cut + float(SKIN);
  const long stride = (n + 31) / 16 * 16;
  f.now = (Four*)field, f.next = f.now + stride, f.v = f.next + stride, f.built = f.v + stride;
  f.x = (float*)(f.built + stride), f.y = f.x + stride, f.z = f.y + stride;
  f.start = bins, f.cursor = bins + side * side * side * BINS + 1;
  const float cut2 = r_cut * r_cut, inverse = 1.0f / L, allowed = 0.25f * (float(SKIN) - 1e-3f) * (float(SKIN) - 1e-3f);
  Meeting meeting = {0, 0};
  float farthest[2][64 * 16];   // by threads, a cache line each; two steps in turn
#pragma omp parallel
  {
    const int team = omp_get_num_threads(), me = omp_get_thread_num();
    const auto share = [&](long many, int which) { return int(many * which / team); };
    const int from = share(n, me), to = share(n, me + 1);
    Fluid mine = f;
    const auto sort_anew = [&] {
      find_keys(mine, from, to);
      meet(&meeting, team);
      if (me == 0) sort(f);
      meet(&meeting, team);
      fetch(mine, from, to);
      meet(&meeting, team);
      const int all = side * side * side * BINS;
      for (int b = share(all, me); b < share(all, me + 1); ++b) list_bin(mine, b);
      meet(&meeting, team);
    };
    sort_anew();
    for (int t = 0; t < steps; ++t) {
      float most = 0;
      for (int i = from; i < to; ++i) {
        const float way = advance(mine, i, inverse, cut2, dt);
        most = way > most ? way : most;
      }
      farthest[t & 1][16 * me] = most;
      Four* swap = mine.now;
      mine.now = mine.next, mine.next = swap;
      meet(&meeting, team);
      for (int other = 0; other < team; ++other) most = farthest[t & 1][16 * other] > most ? farthest[t & 1][16 * other] : most;
      if (!(most > allowed) || t == steps - 1) continue;   // the same answer everywhere
      give_back(mine, from, to);
      meet(&meeting, team);
      sort_anew();
    }
    give_back(mine, from, to);
  }
}
