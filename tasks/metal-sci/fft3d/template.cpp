/* ridgeline
# WIDE lines are transformed side by side, one in each lane, with real and imaginary parts in vectors of their own. Lines along y and z
# lie side by side already; lines along x are turned on the way in and out. A transform is a few passes of radix up to RADIX in place;
# roots come from a table that is made in the beginning; the last pass writes to the places that reversal asks for. Between the passes
# over the cube it stands in `mid`, in blocks of WIDE real and WIDE imaginary parts, with a margin between planes.

[tune]
WIDE   = [16, 8, 4]               # lines side by side
RADIX  = [8, 4, 16, 2]
FUSE   = [1, 0]                   # 1: x and y while a plane is in cache
STREAM = [1, 0]                   # 1: results go past the cache
PAD    = [16, 0, 80]              # floats between rows of a plane
SPIN   = [1, 0]                   # the team meets at 0: OpenMP's barrier; 1: one that spins, and lets others run after a while
SHARED = [1, 0]                   # 1: all cores

[build]
flags = ["-O3", "-march=native", "-fopenmp"]

[scratch]
mid = { type = "f32", count = "n * (n * (2 * n + PAD) + 32)" }
lines = { type = "f32", count = "dev.cores * 4 * n * WIDE" }
roots = { type = "f32", count = "2 * n" }

[[stage]]
[[stage.op]]
launch = "fft3d_run"
workers = "SHARED == 1 ? min(dev.cores, ceil_div(cells, 4096)) : 1"
args = ["in", "out", "mid", "lines", "roots", "n", "logn"]
*/
typedef float Vec __attribute__((vector_size(4 * WIDE), may_alias, aligned(4)));
typedef float Whole __attribute__((vector_size(4 * WIDE), may_alias));

static inline Vec load(const float* p) { return *(const Vec*)p; }
static inline void store(float* p, Vec v) { *(Vec*)p = v; }

static inline void store_past(float* p, Vec v) {
#if STREAM && defined(__clang__)
  __builtin_nontemporal_store((Whole)v, (Whole*)p);
#elif STREAM && WIDE == 16 && defined(__AVX512F__)
  __builtin_ia32_movntps512(p, v);
#elif STREAM && WIDE == 8 && defined(__AVX__)
  __builtin_ia32_movntps256(p, v);
#elif STREAM && WIDE == 4 && defined(__SSE__)
  __builtin_ia32_movntps(p, v);
#else
  store(p, v);
#endif
}

#define INLINE inline __attribute__((always_inline))

#if WIDE == 16
#define LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#define EVEN 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define ODD 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#elif WIDE == 8
#define LOW 0, 8, 1, 9, 2, 10, 3, 11
#define HIGH 4, 12, 5, 13, 6, 14, 7, 15
#define EVEN 0, 2, 4, 6, 8, 10, 12, 14
#define ODD 1, 3, 5, 7, 9, 11, 13, 15
#else
#define LOW 0, 4, 1, 5
#define HIGH 2, 6, 3, 7
#define EVEN 0, 2, 4, 6
#define ODD 1, 3, 5, 7
#endif

// Turns WIDE vectors of WIDE.
static INLINE void turn(Vec v[WIDE]) {
  for (int step = 1; step < WIDE; step *= 2) {
    Vec w[WIDE];
    for (int r = 0; r < WIDE / 2; ++r) {
      w[2 * r] = __builtin_shufflevector(v[r], v[r + WIDE / 2], LOW);
      w[2 * r + 1] = __builtin_shufflevector(v[r], v[r + WIDE / 2], HIGH);
    }
    for (int r = 0; r < WIDE; ++r) v[r] = w[r];
  }
}

// A complex number in each lane.
struct Many {
  Vec re, im;
};

static INLINE Many operator+(Many a, Many b) { return {a.re + b.re, a.im + b.im}; }
static INLINE Many operator-(Many a, Many b) { return {a.re - b.re, a.im - b.im}; }
static INLINE Many times(Many a, float re, float im) { return {a.re * re - a.im * im, a.re * im + a.im * re}; }
static INLINE Many minus_i(Many a) { return {a.im, -a.re}; }

// In place, results in natural order: radix 4 and 8 from radix 2 and 4, radix 16 from 4 times 4.
static INLINE void dft2(Many& a, Many& b) {
  const Many d = a - b;
  a = a + b;
  b = d;
}

static INLINE void dft4(Many& a, Many& b, Many& c, Many& d) {
  const Many s = a + c, t = a - c, p = b + d, q = minus_i(b - d);
  a = s + p;
  b = t + q;
  c = s - p;
  d = t - q;
}

constexpr float half_root = 0.70710678118654752f, cos8 = 0.92387953251128676f, sin8 = 0.38268343236508977f;

template <int radix>
static INLINE void dft(Many v[radix]) {
  if constexpr (radix == 2) {
    dft2(v[0], v[1]);
  } else if constexpr (radix == 4) {
    dft4(v[0], v[1], v[2], v[3]);
  } else if constexpr (radix == 8) {
    dft4(v[0], v[2], v[4], v[6]);
    dft4(v[1], v[3], v[5], v[7]);
    v[3] = {half_root * (v[3].re + v[3].im), half_root * (v[3].im - v[3].re)};
    v[5] = minus_i(v[5]);
    v[7] = {half_root * (v[7].im - v[7].re), -half_root * (v[7].re + v[7].im)};
    const Many e[4] = {v[0], v[2], v[4], v[6]}, o[4] = {v[1], v[3], v[5], v[7]};
    for (int k = 0; k < 4; ++k) v[k] = e[k] + o[k], v[k + 4] = e[k] - o[k];
  } else {
    for (int r = 0; r < 4; ++r) dft4(v[r], v[r + 4], v[r + 8], v[r + 12]);
    const float re[10] = {1, cos8, half_root, sin8, 0, -sin8, -half_root, -cos8, -1, -cos8};
    const float im[10] = {0, -sin8, -half_root, -cos8, -1, -cos8, -half_root, -sin8, 0, sin8};
    for (int r = 1; r < 4; ++r)
      for (int k = 1; k < 4; ++k) v[r + 4 * k] = times(v[r + 4 * k], re[r * k], im[r * k]);
    Many w[16];
    for (int k = 0; k < 4; ++k) {
      dft4(v[4 * k], v[4 * k + 1], v[4 * k + 2], v[4 * k + 3]);
      for (int r = 0; r < 4; ++r) w[k + 4 * r] = v[4 * k + r];
    }
    for (int k = 0; k < 16; ++k) v[k] = w[k];
  }
}

// Where lines stand: element k of the WIDE lines at `at` + k * stride, WIDE real parts, then WIDE imaginary ones.
struct Place {
  float* at;
  long stride;
};

static INLINE Many read(const float* p) { return {load(p), load(p + WIDE)}; }
static INLINE void write(float* p, Many v) { store(p, v.re), store(p + WIDE, v.im); }

// As they stand in `out`: real and imaginary part next to each other.
static INLINE void write_pairs(float* p, Many v) {
  store_past(p, __builtin_shufflevector(v.re, v.im, LOW));
  store_past(p + WIDE, __builtin_shufflevector(v.re, v.im, HIGH));
}

// A pass that is not the last: blocks of `length` elements, decimation in frequency. exp(-2 pi i k / n) stands at roots + 2 k.
template <int radix>
static void pass(Place from, Place to, int n, int length, const float* roots) {
  const int part = length / radix, turns = n / length;
  for (int j = 0; j < part; ++j) {
    float re[radix], im[radix];
    for (int q = 1; q < radix; ++q) re[q] = roots[2 * j * q * turns], im[q] = roots[2 * j * q * turns + 1];
    for (int base = j; base < n; base += length) {
      Many v[radix];
      for (int m = 0; m < radix; ++m) v[m] = read(from.at + (base + m * part) * from.stride);
      dft<radix>(v);
      write(to.at + base * to.stride, v[0]);
      for (int q = 1; q < radix; ++q) write(to.at + (base + q * part) * to.stride, times(v[q], re[q], im[q]));
    }
  }
}

// The last one: blocks of `radix` elements; result q of block b is element reversed(b) + q * n / radix. `radices`: of the passes before.
template <int radix, bool pairs>
static void last_pass(Place from, Place to, int n, const int* radices, int passes) {
  const int blocks = n / radix;
  for (int b = 0; b < blocks; ++b) {
    int rest = b, place = 0, weight = blocks;
    for (int p = passes - 1; p >= 0; --p) {   // the digit of the pass next to the last stands lowest in b
      weight /= radices[p];
      place += rest % radices[p] * weight;
      rest /= radices[p];
    }
    Many v[radix];
    for (int m = 0; m < radix; ++m) v[m] = read(from.at + (b * radix + m) * from.stride);
    dft<radix>(v);
    for (int q = 0; q < radix; ++q) {
      float* p = to.at + (place + q * blocks) * to.stride;
      if (pairs) write_pairs(p, v[q]);
      else write(p, v[q]);
    }
  }
}

// WIDE lines from `from` to `to`, which may be the same; `line` has room for them.
template <bool pairs>
static void transform(Place from, Place to, float* line, int n, int bits, const float* roots) {
  constexpr int most = RADIX == 2 ? 1 : RADIX == 4 ? 2 : RADIX == 8 ? 3 : 4;
  const int count = (bits + most - 1) / most;
  int radices[10], left = bits, length = n;
  const Place own = {line, 2 * WIDE};
  for (int p = 0; p < count; ++p) {   // as even as possible
    const int b = (left + count - p - 1) / (count - p);
    radices[p] = 1 << b;
    left -= b;
  }
  for (int p = 0; p < count - 1; ++p) {
    switch (radices[p]) {
      case 2: pass<2>(from, own, n, length, roots); break;
      case 4: pass<4>(from, own, n, length, roots); break;
#if RADIX >= 8
      case 8: pass<8>(from, own, n, length, roots); break;
#endif
#if RADIX >= 16
      default: pass<16>(from, own, n, length, roots);
#endif
    }
    length /= radices[p];
    from = own;
  }
  if (count == 1 && from.at == to.at) {   // a single pass would overwrite what it has still to read
    for (int k = 0; k < n; ++k) write(line + 2 * WIDE * k, read(from.at + k * from.stride));
    from = own;
  }
  switch (length) {
    case 2: last_pass<2, pairs>(from, to, n, radices, count - 1); break;
    case 4: last_pass<4, pairs>(from, to, n, radices, count - 1); break;
#if RADIX >= 8
    case 8: last_pass<8, pairs>(from, to, n, radices, count - 1); break;
#endif
#if RADIX >= 16
    default: last_pass<16, pairs>(from, to, n, radices, count - 1);
#endif
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

// Lines of a plane along x: rows of `in`, pairs side by side, to rows of blocks, `row` floats apart.
static void along_x(const float* in, float* to, long row, float* line, int n, int bits, const float* roots) {
  float* const turned = line + 2l * n * WIDE;
  for (int j = 0; j < n; j += WIDE) {
    for (int i = 0; i < n; i += WIDE) {
      Vec re[WIDE], im[WIDE];
      for (int r = 0; r < WIDE; ++r) {
        const float* p = in + 2 * (long(j + r) * n + i);
        const Vec a = load(p), b = load(p + WIDE);
        re[r] = __builtin_shufflevector(a, b, EVEN);
        im[r] = __builtin_shufflevector(a, b, ODD);
      }
      turn(re);
      for (int l = 0; l < WIDE; ++l) store(turned + 2 * (i + l) * WIDE, re[l]);
      turn(im);
      for (int l = 0; l < WIDE; ++l) store(turned + (2 * (i + l) + 1) * WIDE, im[l]);
    }
    transform<false>({turned, 2 * WIDE}, {turned, 2 * WIDE}, line, n, bits, roots);
    for (int i = 0; i < n; i += WIDE) {
      Vec part[WIDE];
      for (int imaginary = 0; imaginary < 2; ++imaginary) {
        for (int l = 0; l < WIDE; ++l) part[l] = load(turned + (2 * (i + l) + imaginary) * WIDE);
        turn(part);
        for (int r = 0; r < WIDE; ++r) store(to + (j + r) * row + 2 * i + imaginary * WIDE, part[r]);
      }
    }
  }
}

// exp(-2 pi i k / n) for all k, from roots of two halved again and again: no calls, and every factor is accurate in double.
static void make_roots(float* roots, int n) {
  double re[1024], im[1024];
  double c = -1.0, s = 0.0;   // of pi, then of its halves
  double cs[10], sn[10];
  int bits = 0;
  for (int m = 2; m <= n; m *= 2) {
    cs[bits] = c, sn[bits] = s;
    ++bits;
    const double next = m == 2 ? 0.0 : __builtin_sqrt(0.5 * (1.0 + c));
    s = m == 2 ? 1.0 : s / (2.0 * next);
    c = next;
  }
  re[0] = 1.0, im[0] = 0.0;
  for (int b = 0, size = 1; b < bits; ++b, size *= 2) {   // bit b of k turns by 2 pi 2^b / n
    const double tr = cs[bits - 1 - b], ti = -sn[bits - 1 - b];
    for (int k = 0; k < size; ++k) {
      re[size + k] = re[k] * tr - im[k] * ti;
      im[size + k] = re[k] * ti + im[k] * tr;
    }
  }
  for (int k = 0; k < n; ++k) roots[2 * k] = float(re[k]), roots[2 * k + 1] = float(im[k]);
}

// Cubes that are narrower than a vector: sums, axis by axis.
static void run_small(const float* in, float* out, float* mid, int n, const float* roots) {
  const long stride[3] = {1, n, long(n) * n};
  const float* from = in;
  for (int axis = 0; axis < 3; ++axis) {
    float* to = axis == 1 ? mid : out;
    for (long at = 0; at < long(n) * n * n; ++at) {
      const int k = int(at / stride[axis] % n);
      float re = 0, im = 0;
      for (int m = 0; m < n; ++m) {
        const float* p = from + 2 * (at + (m - k) * stride[axis]);
        const float* w = roots + 2 * (k * m % n);
        re += p[0] * w[0] - p[1] * w[1];
        im += p[0] * w[1] + p[1] * w[0];
      }
      to[2 * at] = re, to[2 * at + 1] = im;
    }
    from = to;
  }
}

extern "C" void fft3d_run(const float* in, float* out, float* mid, float* lines, float* roots, int n, int logn) {
  make_roots(roots, n);
  if (n < WIDE) {
    run_small(in, out, mid, n, roots);
    return;
  }
  const long row = 2l * n + PAD, plane = n * row + 32, dense = 2l * n * n;
  Meeting meeting = {0, 0};
#pragma omp parallel
  {
    const int team = omp_get_num_threads(), me = omp_get_thread_num();
    const int from = int(long(n) * me / team), to = int(long(n) * (me + 1) / team);
    float* const line = lines + me * 4l * n * WIDE;
    const auto along_y = [&](float* at) {
      for (int i = 0; i < n; i += WIDE) transform<false>({at + 2 * i, row}, {at + 2 * i, row}, line, n, logn, roots);
    };
    for (int k = from; k < to; ++k) {
      along_x(in + k * dense, mid + k * plane, row, line, n, logn, roots);
      if (FUSE) along_y(mid + k * plane);
    }
    if (!FUSE)
      for (int k = from; k < to; ++k) along_y(mid + k * plane);
    meet(&meeting, team);
    for (int j = from; j < to; ++j)
      for (int i = 0; i < n; i += WIDE)
        transform<true>({mid + j * row + 2 * i, plane}, {out + 2 * (long(j) * n + i), dense}, line, n, logn, roots);
#if STREAM && defined(__SSE__)
    __builtin_ia32_sfence();
#endif
  }
}
