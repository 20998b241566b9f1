/* ridgeline
# Chains stand in the lanes of vectors and a block of chains runs all its steps at once, so that memory is touched twice. The dimension
# is a compile-time number, rounded up to a multiple of ROUND; the added components stay zero.
#   MODES = 1: the leapfrog steps of one proposal are a linear map, diagonal in the eigenvectors of A but for the pairing of q and p.
#              Chains live in those coordinates: L steps become four numbers for each of them, the change of energy three, and only
#              the momenta are turned once. The numbers are made in double precision.
#   MODES = 0: leapfrog step by step; the product with A is tiled, and each tile kicks its momenta at once.

constraints = ["ROUND % ROWS == 0"]

[tune]
MODES  = [1, 0]
WIDE   = [16, 8, 4]            # chains in a vector
UNROLL = [2, 1, 4]             # vectors of chains in a block
ROWS   = [8, 4, 2]             # rows of a product that are summed at the same time
ROUND  = [8, 4, 2, 16]         # dimensions are compiled for multiples of this
LOG    = [0, 1]                # logarithm by 0: polynomial; 1: quotient and odd series
SHARED = [1, 0]                # 1: all cores

[build]
flags = ["-O3", "-march=native", "-fopenmp", "-fno-math-errno"]

[scratch]
field = { type = "f32", count = "2048" }

[[stage]]
[[stage.op]]
launch = "hmc_run"
workers = "SHARED == 1 ? min(dev.cores, ceil_div(K, WIDE * UNROLL)) : 1"
args = ["q", "accept_cnt", "A", "field", "K", "d", "L", "T", "eps", "seed"]
*/
typedef float Vec __attribute__((vector_size(4 * WIDE), may_alias));
typedef unsigned Word __attribute__((vector_size(4 * WIDE), may_alias));
typedef int Bits __attribute__((vector_size(4 * WIDE), may_alias));

constexpr unsigned golden = 0x9E3779B9u;
constexpr int most = 32;

static inline Vec root(Vec v) {
#if defined(__clang__)
  return __builtin_elementwise_sqrt(v);
#elif WIDE == 16 && defined(__AVX512F__)
  return __builtin_ia32_sqrtps512_mask(v, v, -1, 4);
#elif WIDE == 8 && defined(__AVX__)
  return __builtin_ia32_sqrtps256(v);
#elif WIDE == 4 && defined(__SSE__)
  return __builtin_ia32_sqrtps(v);
#else
  Vec r;
  for (int l = 0; l < WIDE; ++l) r[l] = __builtin_sqrtf(v[l]);
  return r;
#endif
}

static inline Vec select(Bits mask, Vec yes, Vec no) { return (Vec)((mask & (Bits)yes) | (~mask & (Bits)no)); }

// Natural logarithm of positive normal numbers, about one unit in the last place. Coefficients: our own minimax fit.
static inline Vec ln(Vec x) {
  const Bits bits = (Bits)x;
  const Bits exponent = (bits - 0x3F3504F3) >> 23;   // the mantissa lies between the roots of 1/2 and 2
  const Vec m = (Vec)(bits - (exponent << 23));
  const Vec e = __builtin_convertvector(exponent, Vec);
#if LOG == 0
  const Vec t = m - 1.0f;
  Vec p = 0.0870035992f * t - 0.142674763f;
  p = p * t + 0.14914787f;
  p = p * t - 0.16577586f;
  p = p * t + 0.199630623f;
  p = p * t - 0.25001337f;
  p = p * t + 0.333339108f;
  return (t + (t * t) * (p * t - 0.5f)) + e * 0.693147181f;
#else
  const Vec s = (m - 1.0f) / (m + 1.0f), z = s * s;
  return 2.0f * s + (s * z) * (0.666666667f + z * (0.4f + z * (0.285714286f + z * 0.222222222f))) + e * 0.693147181f;
#endif
}

// Cosine and sine of 2 pi n / 2^24, 0 <= n < 2^24.
static inline void turn(Word n, Vec* cosine, Vec* sine) {
  const Word quarter = (n + (1u << 21)) >> 22;
  const Vec t = __builtin_convertvector((Bits)(n - (quarter << 22)), Vec) * 3.74507028e-7f, z = t * t;
  const Vec s = t + (t * z) * (-0.166666549f + z * (0.00833217814f - z * 0.000195172979f));
  const Vec c = 1.0f + z * (-0.5f + z * (0.0416666469f + z * (-0.00138873675f + z * 2.44384494e-5f)));
  const Bits odd = -(Bits)(quarter & 1);
  *cosine = (Vec)((Word)select(odd, s, c) ^ ((quarter + 1) & 2) << 30);
  *sine = (Vec)((Word)select(odd, c, s) ^ (quarter & 2) << 30);
}

// The counter's random number, 24 bits. `folded`: the chain's key x as x ^ x >> 16, the first round of its hash.
static inline Word draw(Word folded, unsigned counter) {
  Word x = folded ^ (counter ^ counter >> 16);
  x *= 0x85EBCA6Bu;
  x ^= x >> 13;
  x *= 0xC2B2AE35u;
  x ^= x >> 16;
  x ^= x >> 16;
  x *= 0x85EBCA6Bu;
  x ^= x >> 13;
  x *= 0xC2B2AE35u;
  return (x >> 8) ^ (x >> 24);
}

static inline Vec unit(Word n) { return __builtin_convertvector((Bits)n, Vec) * 0x1p-24f; }
static inline Vec at_least(Vec v, float least) { return select((Bits)(v > least), v, least - Vec{}); }

template <int D>
struct Block {
  Vec v[D][UNROLL];
};

template <int D>
static inline void momenta(const Word* folded, unsigned base, int d, Block<D>& p) {
  for (int i = 0; i < d; i += 2) {
    for (int u = 0; u < UNROLL; ++u) {
      const Vec r = root(-2.0f * ln(at_least(unit(draw(folded[u], base + i)), 1e-7f)));
      Vec c, s;
      turn(draw(folded[u], base + i + 1), &c, &s);
      p.v[i][u] = r * c;
      p.v[i + 1][u] = r * s;
    }
  }
}

// sum[k] = sum over i of m[i * D + first + k] * x[i], for ROWS neighbouring k.
template <int D>
static inline void product(const float* m, const Block<D>& x, int first, Vec (&sum)[ROWS][UNROLL]) {
  for (int k = 0; k < ROWS; ++k)
    for (int u = 0; u < UNROLL; ++u) sum[k][u] = m[first + k] * x.v[0][u];
  for (int i = 1; i < D; ++i) {
    const float* row = m + i * D + first;
    for (int k = 0; k < ROWS; ++k)
      for (int u = 0; u < UNROLL; ++u) sum[k][u] += row[k] * x.v[i][u];
  }
}

#if MODES
template <int D>
static inline void multiply(const float* m, const Block<D>& x, Block<D>& y) {
  for (int first = 0; first < D; first += ROWS) {
    Vec sum[ROWS][UNROLL];
    product<D>(m, x, first, sum);
    for (int k = 0; k < ROWS; ++k)
      for (int u = 0; u < UNROLL; ++u) y.v[first + k][u] = sum[k][u];
  }
}
#endif

static inline Bits accepted(Word folded, unsigned counter, Vec change) {
  return (Bits)(ln(at_least(unit(draw(folded, counter)), 1e-30f)) < -change);   // false for a change that is no number
}

#if MODES
// What a proposal does to the coordinate of one eigenvector.
struct Mode {
  float qq, qp;                  // new q = qq * q + qp * p
  float of_qq, of_pp, of_qp;     // change of energy
};

#endif

struct Turned {
  float forth[most * most];      // [i * D + k]: component i of eigenvector k
  float back[most * most];       // its transpose
};

#if MODES
// All steps of one block in the coordinates of the eigenvectors.
template <int D>
static void run_modes(Block<D>& q, Word* folded, Bits* count, const Turned& turned, const Mode* modes, int d, int steps) {
  Block<D> s, p, t;
  multiply<D>(turned.forth, q, s);
  for (int i = d; i < D; ++i)
    for (int u = 0; u < UNROLL; ++u) p.v[i][u] = Vec{};
  for (int step = 0; step < steps; ++step) {
    const unsigned base = unsigned(step) * unsigned(d + 1);
    momenta<D>(folded, base, d, p);
    Vec change[UNROLL] = {};
    for (int first = 0; first < D; first += ROWS) {
      Vec sum[ROWS][UNROLL];
      product<D>(turned.forth, p, first, sum);
      for (int k = 0; k < ROWS; ++k) {
        const Mode& m = modes[first + k];
        for (int u = 0; u < UNROLL; ++u) {
          const Vec a = s.v[first + k][u], b = sum[k][u];
          t.v[first + k][u] = m.qq * a + m.qp * b;
          change[u] += a * (m.of_qq * a + m.of_qp * b) + (m.of_pp * b) * b;
        }
      }
    }
    for (int u = 0; u < UNROLL; ++u) {
      const Bits yes = accepted(folded[u], base + unsigned(d), change[u]);
      count[u] -= yes;
      for (int k = 0; k < D; ++k) s.v[k][u] = select(yes, t.v[k][u], s.v[k][u]);
    }
  }
  multiply<D>(turned.back, s, q);
}

#else
// q . A q for every chain, and p -= kick * A q.
template <int D>
static inline void kick(const float* a, const Block<D>& q, Block<D>& p, float by, Vec* potential) {
  for (int first = 0; first < D; first += ROWS) {
    Vec sum[ROWS][UNROLL];
    product<D>(a, q, first, sum);
    for (int k = 0; k < ROWS; ++k) {
      for (int u = 0; u < UNROLL; ++u) {
        if (potential) potential[u] += q.v[first + k][u] * sum[k][u];
        p.v[first + k][u] -= by * sum[k][u];
      }
    }
  }
}

template <int D>
static void run_steps(Block<D>& now, Word* folded, Bits* count, const float* a, int d, int L, int steps, float eps) {
  Block<D> q, p;
  for (int i = d; i < D; ++i)
    for (int u = 0; u < UNROLL; ++u) p.v[i][u] = Vec{};
  for (int step = 0; step < steps; ++step) {
    const unsigned base = unsigned(step) * unsigned(d + 1);
    momenta<D>(folded, base, d, p);
    Vec before[UNROLL] = {}, after[UNROLL] = {};
    for (int k = 0; k < D; ++k)
      for (int u = 0; u < UNROLL; ++u) before[u] += p.v[k][u] * p.v[k][u];
    kick<D>(a, now, p, 0.5f * eps, before);
    for (int k = 0; k < D; ++k)
      for (int u = 0; u < UNROLL; ++u) q.v[k][u] = now.v[k][u] + eps * p.v[k][u];
    for (int l = 1; l < L; ++l) {
      kick<D>(a, q, p, eps, nullptr);
      for (int k = 0; k < D; ++k)
        for (int u = 0; u < UNROLL; ++u) q.v[k][u] += eps * p.v[k][u];
    }
    kick<D>(a, q, p, 0.5f * eps, after);
    for (int k = 0; k < D; ++k)
      for (int u = 0; u < UNROLL; ++u) after[u] += p.v[k][u] * p.v[k][u];
    for (int u = 0; u < UNROLL; ++u) {
      const Bits yes = accepted(folded[u], base + unsigned(d), 0.5f * after[u] - 0.5f * before[u]);
      count[u] -= yes;
      for (int k = 0; k < D; ++k) now.v[k][u] = select(yes, q.v[k][u], now.v[k][u]);
    }
  }
}

#endif

#if MODES
typedef double Row __attribute__((vector_size(8 * most), may_alias));

static inline double dot(const Row& a, const Row& b) {
  const Row product = a * b;
  double sum = 0;
  for (int i = 0; i < most; ++i) sum += product[i];
  return sum;
}

// Eigenvectors of a symmetric positive definite matrix as the rows of `g`, scaled by their eigenvalues: rows are turned in pairs until
// all are orthogonal (one-sided Jacobi method; Hestenes 1958).
static void eigenvectors(Row* g, int d) {
  for (int sweep = 0; sweep < 30; ++sweep) {
    bool done = true;
    for (int i = 0; i < d; ++i) {
      for (int j = i + 1; j < d; ++j) {
        const double ii = dot(g[i], g[i]), jj = dot(g[j], g[j]), ij = dot(g[i], g[j]);
        if (ij * ij <= 1e-26 * ii * jj) continue;
        done = false;
        const double zeta = (jj - ii) / (2.0 * ij);
        const double t = (zeta < 0 ? -1.0 : 1.0) / (__builtin_fabs(zeta) + __builtin_sqrt(1.0 + zeta * zeta));
        const double c = 1.0 / __builtin_sqrt(1.0 + t * t), s = c * t;
        const Row old = g[i];
        g[i] = c * old - s * g[j];
        g[j] = s * old + c * g[j];
      }
    }
    if (done) return;
  }
}

static Mode mode_of(double lambda, double eps, int L) {
  double m[2][2];   // m[0]: what becomes of (q, p) = (1, 0); m[1]: of (0, 1)
  for (int b = 0; b < 2; ++b) {
    double q = b == 0, p = b == 1;
    p -= 0.5 * eps * lambda * q;
    for (int l = 0; l < L; ++l) {
      q += eps * p;
      p -= (l == L - 1 ? 0.5 : 1.0) * eps * lambda * q;
    }
    m[b][0] = q, m[b][1] = p;
  }
  return {float(m[0][0]), float(m[1][0]), float(0.5 * (lambda * m[0][0] * m[0][0] + m[0][1] * m[0][1] - lambda)),
          float(0.5 * (lambda * m[1][0] * m[1][0] + m[1][1] * m[1][1] - 1.0)), float(lambda * m[0][0] * m[1][0] + m[0][1] * m[1][1])};
}
#endif

extern "C" int omp_get_thread_num();
extern "C" int omp_get_num_threads();

template <int D>
static void run(float* q, unsigned* accept_cnt, const float* A, float* field, int K, int d, int L, int T, float eps, unsigned seed) {
  Turned& turned = *(Turned*)field;   // or, step by step, A itself
  for (int i = 0; i < D * D; ++i) turned.forth[i] = turned.back[i] = 0;
#if MODES
  Mode modes[D];
  Row g[most];
  for (int i = 0; i < d; ++i) {
    g[i] = Row{};
    for (int j = 0; j < d; ++j) g[i][j] = A[i * d + j];
  }
  eigenvectors(g, d);
  for (int k = 0; k < D; ++k) {
    modes[k] = Mode{};
    if (k >= d) continue;
    const double lambda = __builtin_sqrt(dot(g[k], g[k]));
    modes[k] = mode_of(lambda, eps, L);
    for (int i = 0; i < d; ++i) turned.forth[i * D + k] = turned.back[k * D + i] = float(g[k][i] / lambda);
  }
#else
  for (int i = 0; i < d; ++i)
    for (int j = 0; j < d; ++j) turned.forth[j * D + i] = A[i * d + j];
#endif
  const int size = WIDE * UNROLL, blocks = (K + size - 1) / size;
#pragma omp parallel
  {
    const int team = omp_get_num_threads(), me = omp_get_thread_num();
    for (int block = int(long(blocks) * me / team); block < int(long(blocks) * (me + 1) / team); ++block) {
      Block<D> state;
      Word folded[UNROLL];
      Bits count[UNROLL] = {};
      for (int k = 0; k < D; ++k)
        for (int u = 0; u < UNROLL; ++u) state.v[k][u] = Vec{};
      for (int u = 0; u < UNROLL; ++u) {
        for (int l = 0; l < WIDE; ++l) {
          const int chain = block * size + u * WIDE + l;
          const unsigned key = seed + unsigned(chain) * golden;
          folded[u][l] = key ^ key >> 16;
          if (chain < K)
            for (int k = 0; k < d; ++k) state.v[k][u][l] = q[long(chain) * d + k];
        }
      }
#if MODES
      run_modes<D>(state, folded, count, turned, modes, d, T);
#else
      run_steps<D>(state, folded, count, turned.forth, d, L, T, eps);
#endif
      for (int u = 0; u < UNROLL; ++u) {
        for (int l = 0; l < WIDE; ++l) {
          const int chain = block * size + u * WIDE + l;
          if (chain >= K) break;
          for (int k = 0; k < d; ++k) q[long(chain) * d + k] = state.v[k][u][l];
          accept_cnt[chain] += unsigned(count[u][l]);
        }
      }
    }
  }
}

template <int D>
static void choose(float* q, unsigned* accept_cnt, const float* A, float* field, int K, int d, int L, int T, float eps, unsigned seed) {
  if (D - ROUND < d && d <= D) return run<D>(q, accept_cnt, A, field, K, d, L, T, eps, seed);
  if constexpr (D < most) choose<D + ROUND>(q, accept_cnt, A, field, K, d, L, T, eps, seed);
}

extern "C" void hmc_run(float* q, unsigned* accept_cnt, const float* A, float* field, int K, int d, int L, int T, float eps,
                        unsigned seed) {
  choose<ROUND>(q, accept_cnt, A, field, K, d, L, T, eps, seed);
}
