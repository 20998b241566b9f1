/* ridgeline
# Particles are sorted into columns and along z within them, WIDE to a cluster, and every ACROSS of them have a list of the clusters that
# come within r_cut + SKIN, each with the periodic image it is seen in. The list holds until somebody has gone half of SKIN; then
# everything is sorted anew. A pair of clusters needs no gather and no wrap: one vector of partners for each particle.

constraints = ["WIDE % ACROSS == 0"]

[tune]
WIDE   = [8, 16, 4]                    # partners in a vector
ACROSS = [4, 2, 8]                     # particles that share a list
SKIN   = [0.3, 0.15, 0.5, 0.8]         # how far beyond the cut-off the lists reach
COLUMN = [1.0, 0.7, 1.4]               # width of a column, in units of the side of a cube that holds WIDE particles
RECIP  = [1, 0]                        # 1/r^2 by 1: hardware estimate and a Newton step; 0: division
SPIN   = [1, 0]                        # the team meets at 0: OpenMP's barrier; 1: one that spins, and lets others run after a while
SHARED = [1, 0]                        # 1: all cores

[build]
flags = ["-O3", "-march=native", "-fopenmp", "-fno-math-errno"]

[scratch]
field = { type = "f32", count = "12 * (n + ipow(max(1, floor(L / (COLUMN * pow(WIDE / density, 1 / 3)))), 2) * WIDE + 64)" }
order = { type = "i32", count = "n + ipow(max(1, floor(L / (COLUMN * pow(WIDE / density, 1 / 3)))), 2) * WIDE" }
keys = { type = "i32", count = "n" }
bins = { type = "i32", count = "2 * (2 * n + 4 * ipow(max(1, floor(L / (COLUMN * pow(WIDE / density, 1 / 3)))), 2) + 16)" }
boxes = { type = "f32", count = "6 * (n // WIDE + ipow(max(1, floor(L / (COLUMN * pow(WIDE / density, 1 / 3)))), 2) + 1)" }
lists = { type = "i32", count = "((n + ipow(max(1, floor(L / (COLUMN * pow(WIDE / density, 1 / 3)))), 2) * WIDE) // ACROSS + 1) * (32 + ceil(2 * density * pow(2 * (r_cut + SKIN) + 2 * COLUMN * pow(WIDE / density, 1 / 3), 3) / WIDE))" }

[[stage]]
[[stage.op]]
launch = "lj_run"
workers = "SHARED == 1 ? min(dev.cores, 64, ceil_div(n, 4 * WIDE)) : 1"
args = ["pos", "vel", "field", "order", "keys", "bins", "boxes", "lists", "n", "steps", "L", "r_cut", "dt", { value = "max(1, floor(L / (COLUMN * pow(WIDE / density, 1 / 3))))" }, { value = "32 + ceil(2 * density * pow(2 * (r_cut + SKIN) + 2 * COLUMN * pow(WIDE / density, 1 / 3), 3) / WIDE)" }]
*/
typedef float Vec __attribute__((vector_size(4 * WIDE), may_alias));
typedef int Bits __attribute__((vector_size(4 * WIDE), may_alias));
typedef float Four __attribute__((vector_size(16), may_alias));

static inline Vec reciprocal(Vec v) {
#if RECIP && WIDE == 16 && defined(__AVX512F__)
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

constexpr float nowhere = 1e15f;   // where the particles stand that fill up a column's last cluster

struct Box {
  float low[3], high[3];
};

struct Fluid {
  float *pos, *vel;                    // the task's, in its order
  float *now[3], *next[3], *v[3];      // sorted
  float *built[3];                     // where everybody stood when the lists were made
  int *order, *keys;                   // whose place it is, -1: nobody's
  int *start, *cursor;                 // first place of each bin; a column has `slices` of them and one more for its end
  Box* boxes;
  int* lists;                          // of each group of ACROSS: how many, then cluster * 32 + image
  int n, side, slices, capacity, places;
  float L, reach;
};

static inline int slice_of(const Fluid& f, float z) {
  const int s = int(z / f.L * float(f.slices));
  return s < 0 ? 0 : s < f.slices ? s : f.slices - 1;
}

static inline float wrapped(float x, float L) {
  x -= L * __builtin_floorf(x / L);
  return x < L ? x : 0.0f;
}

static void find_keys(const Fluid& f, int from, int to) {
  const float scale = float(f.side) / f.L;
  for (int i = from; i < to; ++i) {
    int cx = int(wrapped(f.pos[4 * i], f.L) * scale), cy = int(wrapped(f.pos[4 * i + 1], f.L) * scale);
    cx = cx < f.side ? cx : f.side - 1;
    cy = cy < f.side ? cy : f.side - 1;
    f.keys[i] = (cy * f.side + cx) * (f.slices + 1) + slice_of(f, wrapped(f.pos[4 * i + 2], f.L));
  }
}

static void sort(Fluid& f) {
  const int columns = f.side * f.side, bins = columns * (f.slices + 1);
  for (int b = 0; b < bins; ++b) f.cursor[b] = 0;
  for (int i = 0; i < f.n; ++i) ++f.cursor[f.keys[i]];
  int place = 0;
  for (int c = 0, b = 0; c < columns; ++c) {
    for (int s = 0; s < f.slices; ++s, ++b) {
      f.start[b] = place;
      place += f.cursor[b];
      f.cursor[b] = f.start[b];
    }
    f.start[b++] = place;
    for (; place % WIDE; ++place) f.order[place] = -1;
  }
  f.places = place;
  for (int i = 0; i < f.n; ++i) f.order[f.cursor[f.keys[i]]++] = i;
}

static void fetch(const Fluid& f, int from, int to) {   // clusters
  for (int c = from; c < to; ++c) {
    Box box = {{nowhere, nowhere, nowhere}, {-nowhere, -nowhere, -nowhere}};
    for (int p = c * WIDE; p < (c + 1) * WIDE; ++p) {
      const int i = f.order[p];
      for (int k = 0; k < 3; ++k) {
        const float x = i < 0 ? nowhere : wrapped(f.pos[4 * i + k], f.L);
        f.now[k][p] = f.next[k][p] = f.built[k][p] = x;
        f.v[k][p] = i < 0 ? 0.0f : f.vel[4 * i + k];
        if (i < 0) continue;
        box.low[k] = x < box.low[k] ? x : box.low[k];
        box.high[k] = x > box.high[k] ? x : box.high[k];
      }
    }
    f.boxes[c] = box;
  }
}

static inline float gap(float low, float high, float other_low, float other_high) {
  const float a = other_low - high, b = low - other_high, g = a > b ? a : b;
  return g > 0 ? g : 0.0f;
}

static inline int floor_div(int a, int b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

static void list(const Fluid& f, int group) {
  int* out = f.lists + long(group) * f.capacity;
  Box box = {{nowhere, nowhere, nowhere}, {-nowhere, -nowhere, -nowhere}};
  for (int p = group * ACROSS; p < (group + 1) * ACROSS; ++p) {
    if (f.order[p] < 0) continue;
    for (int k = 0; k < 3; ++k) {
      const float x = f.now[k][p];
      box.low[k] = x < box.low[k] ? x : box.low[k];
      box.high[k] = x > box.high[k] ? x : box.high[k];
    }
  }
  out[0] = 0;
  if (box.low[0] == nowhere) return;
  const float width = f.L / float(f.side), slack = 1e-3f, reach = f.reach + slack, reach2 = reach * reach;
  int count = 0;
  const auto first = [&](int k) { return int(__builtin_floorf((box.low[k] - reach) / width)); };
  const auto last = [&](int k) { return int(__builtin_floorf((box.high[k] + reach) / width)); };
  for (int gy = first(1); gy <= last(1); ++gy) {
    const float dy = gap(box.low[1], box.high[1], float(gy) * width, float(gy + 1) * width);
    const int my = floor_div(gy, f.side), cy = gy - my * f.side;
    for (int gx = first(0); gx <= last(0); ++gx) {
      const float dx = gap(box.low[0], box.high[0], float(gx) * width, float(gx + 1) * width);
      const float left = reach2 - (dx > slack ? (dx - slack) * (dx - slack) : 0) - (dy > slack ? (dy - slack) * (dy - slack) : 0);
      if (left <= 0) continue;
      const int mx = floor_div(gx, f.side), cx = gx - mx * f.side;
      const int* start = f.start + (cy * f.side + cx) * (f.slices + 1);
      const float up = __builtin_sqrtf(left), sx = float(mx) * f.L, sy = float(my) * f.L;
      for (int mz = -1; mz <= 1; ++mz) {
        const float sz = float(mz) * f.L, low = box.low[2] - up - slack - sz, high = box.high[2] + up + slack - sz;
        if (high < 0 || low > f.L) continue;
        const int from = start[slice_of(f, low)], to = start[slice_of(f, high) + 1];
        if (from == to) continue;
        for (int c = from / WIDE; c <= (to - 1) / WIDE; ++c) {
          const Box& b = f.boxes[c];
          const float ex = gap(box.low[0] - sx, box.high[0] - sx, b.low[0], b.high[0]);
          const float ey = gap(box.low[1] - sy, box.high[1] - sy, b.low[1], b.high[1]);
          const float ez = gap(box.low[2] - sz, box.high[2] - sz, b.low[2], b.high[2]);
          if (ex * ex + ey * ey + ez * ez >= reach2) continue;
          if (++count == f.capacity) {   // never in a fluid: then all clusters in all images, in force()
            out[0] = -1;
            return;
          }
          out[count] = c * 32 + (mz + 1) * 9 + (my + 1) * 3 + mx + 1;
        }
      }
    }
  }
  out[0] = count;
}

struct Pull {
  Vec x[ACROSS], y[ACROSS], z[ACROSS];
};

static inline void meet_cluster(const Fluid& f, int entry, const float* xi, const float* yi, const float* zi, float cut2, Pull& pull) {
  const int at = (entry >> 5) * WIDE, image = entry & 31;
  const Vec xj = *(const Vec*)(f.now[0] + at) + float(image % 3 - 1) * f.L, yj = *(const Vec*)(f.now[1] + at) + float(image / 3 % 3 - 1) * f.L,
            zj = *(const Vec*)(f.now[2] + at) + float(image / 9 - 1) * f.L;
  for (int c = 0; c < ACROSS; ++c) {
    const Vec dx = xj - xi[c], dy = yj - yi[c], dz = zj - zi[c];
    const Vec r2 = dx * dx + (dy * dy + dz * dz);
    const Bits near = (Bits)(r2 < cut2) & (Bits)(r2 > 1e-12f);
    const Vec s2 = reciprocal(r2), s6 = s2 * (s2 * s2);
    const Vec by = (Vec)(near & (Bits)(s6 * s2 * (24.0f - 48.0f * s6)));
    pull.x[c] += by * dx;
    pull.y[c] += by * dy;
    pull.z[c] += by * dz;
  }
}

// One step for a group; the largest squared way from where the lists were made.
static inline float advance(const Fluid& f, int group, float cut2, float dt) {
  const int* entries = f.lists + long(group) * f.capacity;
  const int first = group * ACROSS;
  if (entries[0] == 0) return 0;   // nobody: a particle finds at least itself
  const float *xi = f.now[0] + first, *yi = f.now[1] + first, *zi = f.now[2] + first;
  Pull pull = {};
  if (entries[0] > 0)
    for (int e = 1; e <= entries[0]; ++e) meet_cluster(f, entries[e], xi, yi, zi, cut2, pull);
  else
    for (int c = 0; c < f.places / WIDE; ++c)
      for (int image = 0; image < 27; ++image) meet_cluster(f, c * 32 + image, xi, yi, zi, cut2, pull);
  float farthest = 0;
  for (int c = 0; c < ACROSS; ++c) {
    const int p = first + c;
    if (f.order[p] < 0) continue;
    const float force[3] = {sum(pull.x[c]), sum(pull.y[c]), sum(pull.z[c])};
    float way = 0;
    for (int k = 0; k < 3; ++k) {
      f.v[k][p] += force[k] * dt;
      const float x = f.now[k][p] + f.v[k][p] * dt;
      f.next[k][p] = x;
      way += (x - f.built[k][p]) * (x - f.built[k][p]);
    }
    farthest = way > farthest ? way : farthest;
  }
  return farthest;
}

// Back to the task's order. Since the lists were made a particle has moved by next - built, whichever image it is.
static void give_back(const Fluid& f, int from, int to) {
  for (int p = from; p < to; ++p) {
    const int i = f.order[p];
    if (i < 0) continue;
    for (int k = 0; k < 3; ++k) {
      const float old = f.pos[4 * i + k], image = old - f.built[k][p];   // a whole number of boxes, but for rounding
      f.pos[4 * i + k] = f.now[k][p] + __builtin_rintf(image / f.L) * f.L;
      f.vel[4 * i + k] = f.v[k][p];
    }
  }
}

extern "C" void lj_run(float* pos, float* vel, float* field, int* order, int* keys, int* bins, float* boxes, int* lists, int n, int steps,
                       float L, float r_cut, float dt, int side, int capacity) {
  Fluid f;
  f.pos = pos, f.vel = vel, f.order = order, f.keys = keys, f.boxes = (Box*)boxes, f.lists = lists;
  f.n = n, f.side = side, f.capacity = capacity, f.L = L, f.reach = r_cut + float(SKIN);
  f.slices = (n + side * side - 1) / (side * side);
  const long stride = (n + long(side) * side * WIDE + 15) / 16 * 16;
  for (int k = 0; k < 3; ++k) {
    f.now[k] = field + k * stride, f.next[k] = field + (3 + k) * stride;
    f.v[k] = field + (6 + k) * stride, f.built[k] = field + (9 + k) * stride;
  }
  f.start = bins, f.cursor = bins + side * side * (f.slices + 1);
  const float cut2 = r_cut * r_cut, allowed = 0.25f * (float(SKIN) - 1e-3f) * (float(SKIN) - 1e-3f);
  Meeting meeting = {0, 0};
  float farthest[2][64 * 16];   // by threads, a cache line each; two steps in turn
#pragma omp parallel
  {
    const int team = omp_get_num_threads(), me = omp_get_thread_num();
    const auto share = [&](long many, int which) { return int(many * which / team); };
    Fluid mine = f;
    const auto sort_anew = [&] {
      find_keys(mine, share(n, me), share(n, me + 1));
      meet(&meeting, team);
      if (me == 0) sort(f);
      meet(&meeting, team);
      mine.places = f.places;
      const int clusters = mine.places / WIDE, groups = mine.places / ACROSS;
      fetch(mine, share(clusters, me), share(clusters, me + 1));
      meet(&meeting, team);
      for (int g = share(groups, me); g < share(groups, me + 1); ++g) list(mine, g);
    };
    sort_anew();
    for (int t = 0; t < steps; ++t) {
      const int groups = mine.places / ACROSS;
      float most = 0;
      for (int g = share(groups, me); g < share(groups, me + 1); ++g) {
        const float way = advance(mine, g, cut2, dt);
        most = way > most ? way : most;
      }
      farthest[t & 1][16 * me] = most;
      for (int k = 0; k < 3; ++k) {
        float* swap = mine.now[k];
        mine.now[k] = mine.next[k], mine.next[k] = swap;
      }
      meet(&meeting, team);
      for (int other = 0; other < team; ++other) most = farthest[t & 1][16 * other] > most ? farthest[t & 1][16 * other] : most;
      if (!(most > allowed) || t == steps - 1) continue;   // the same answer everywhere
      give_back(mine, share(mine.places, me), share(mine.places, me + 1));
      meet(&meeting, team);
      sort_anew();
    }
    give_back(mine, share(mine.places, me), share(mine.places, me + 1));
  }
}
