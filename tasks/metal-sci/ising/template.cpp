/* ridgeline
# The two colours of a row are stored apart, one byte a spin (0 for +1, all ones for -1), so that neighbours of a whole vector of sites
# are plain loads and the periodic edge is one byte of margin. A pass carries KS steps through a band of rows at once: step s works one
# row behind step s - 1, so that the rows in between stay in cache. Bands are independent of each other: each takes KS rows of
# its neighbours along and throws their results away. Four vectors of random numbers are laid out so that they join into one vector of
# bytes without a shuffle. A site flips iff (neighbours of the other sign) + (1 if u < p[3]) + (1 if u < p[4]) is at least 2.

[tune]
WIDE   = [16, 8, 4]               # random numbers in a vector; a vector of spins has four times as many
KS     = [8, 4, 2, 16, 32, 1]     # steps per pass
BANDS  = [1, 2, 4]                # bands per core
HOIST  = [1, 0]                   # 1: the first round of the hash once for a block of sites
PICK   = [0, 1]                   # u < p by 0: subtraction; 1: comparison
SPIN   = [1, 0]                   # the team meets at 0: OpenMP's barrier; 1: one that spins, and lets others run after a while
SHARED = [1, 0]                   # 1: all cores

[build]
flags = ["-O3", "-march=native", "-fopenmp"]

[scratch]
fields = { type = "i8", count = "4 * ny * (ceil_div(nx, 128) * 64 + 128)" }
bands = { type = "i8", count = "(SHARED == 1 ? dev.cores : 1) * BANDS * (ceil_div(ny, (SHARED == 1 ? dev.cores : 1) * BANDS) + 2 * KS) * 2 * (ceil_div(nx, 128) * 64 + 128)" }

[[stage]]
[[stage.op]]
launch = "ising_run"
workers = "SHARED == 1 ? dev.cores : 1"
args = ["spins", "p_accept", "fields", "bands", "nx", "ny", "sweeps", "seed", { value = "(SHARED == 1 ? dev.cores : 1) * BANDS" }]
*/
typedef unsigned Word __attribute__((vector_size(4 * WIDE), may_alias));
typedef signed char Byte __attribute__((vector_size(4 * WIDE), may_alias, aligned(1)));
typedef unsigned char Wrap __attribute__((vector_size(4 * WIDE), may_alias, aligned(1)));

static inline unsigned mix(unsigned x) {
  x ^= x >> 16;
  x *= 0x85EBCA6Bu;
  x ^= x >> 13;
  x *= 0xC2B2AE35u;
  return x ^ x >> 16;
}

struct Step {
  unsigned key, below3, below4;   // u < p[k] is x >> 8 < below
};

// The hash of the sites, up to its last round: the result is y ^ y >> 16.
static inline Word scramble(Word site, unsigned key, unsigned folded, bool near) {
  Word y;
  if (near) {
    y = site ^ folded;
  } else {
    y = site ^ key;
    y ^= y >> 16;
  }
  y *= 0x85EBCA6Bu;
  y ^= y >> 13;
  return y * 0xC2B2AE35u;
}

// 0, 1 or 2 for every number: how many of the two probabilities it lies below.
static inline Word luck(Word y, const Step& step) {
  const Word x = (y >> 8) ^ (y >> 24);
#if PICK == 1
  return -((Word)(x < step.below3) + (Word)(x < step.below4));
#else
  return ((x - step.below3) >> 31) + ((x - step.below4) >> 31);
#endif
}

static inline Byte lucks(unsigned first, const Step& step) {
  Word lane;
  for (int l = 0; l < WIDE; ++l) lane[l] = 8 * l;
  const unsigned last = first + 2 * (4 * WIDE - 1);
  const bool near = HOIST && (first ^ last) >> 16 == 0;
  const unsigned folded = step.key ^ step.key >> 16 ^ first >> 16;
  const Word site = lane + first;
  Word y[4];
  if (near)
    for (unsigned q = 0; q < 4; ++q) y[q] = scramble(site + 2 * q, step.key, folded, true);
  else
    for (unsigned q = 0; q < 4; ++q) y[q] = scramble(site + 2 * q, step.key, folded, false);
  const Word joined = luck(y[0], step) | luck(y[1], step) << 8 | luck(y[2], step) << 16 | luck(y[3], step) << 24;
  return (Byte)joined;
}

// One step of one row: `own` are the sites that may flip, `beside` those of the other colour in the row (at k and k + 1 in its own
// count, which begins one site to the left for even columns).
static inline void step_row(signed char* __restrict own, const signed char* beside, const signed char* up, const signed char* down,
                            int half, unsigned first, const Step& step) {
  for (int k = 0; k < half; k += 4 * WIDE) {
    const Byte mine = *(const Byte*)(own + k);
    // Sums of unsigned bytes, since what lies behind the row may be anything: minus the number of other signs.
    Wrap against = (Wrap)(mine ^ *(const Byte*)(beside + k)) + (Wrap)(mine ^ *(const Byte*)(beside + k + 1));
    against += (Wrap)(mine ^ *(const Byte*)(up + k)) + (Wrap)(mine ^ *(const Byte*)(down + k));
    const Byte flip = (Byte)((Byte)(against - (Wrap)lucks(first + 2 * k, step)) < -1);
    *(Byte*)(own + k) = mine ^ flip;
  }
  own[-1] = own[half - 1];
  own[half] = own[0];
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

// A row: the even sites, then the odd ones, each with 64 bytes of margin on both sides.
static inline void split(const signed char* from, signed char* row, long width, int half) {
  signed char *even = row + 64, *odd = row + width + 64;
  for (int k = 0; k < half; ++k) {
    even[k] = from[2 * k] < 0 ? -1 : 0;
    odd[k] = from[2 * k + 1] < 0 ? -1 : 0;
  }
  even[-1] = even[half - 1], even[half] = even[0];
  odd[-1] = odd[half - 1], odd[half] = odd[0];
}

static inline void join(const signed char* row, signed char* to, long width, int half) {
  const signed char *even = row + 64, *odd = row + width + 64;
  for (int k = 0; k < half; ++k) {
    to[2 * k] = even[k] | 1;
    to[2 * k + 1] = odd[k] | 1;
  }
}

// `levels` steps on rows [from, to), read from `now` and written to `then`.
static void run_band(const signed char* now, signed char* then, signed char* band, long width, int nx, int ny, int from, int to,
                     int levels, const Step* steps, int first_step) {
  const int rows = to - from + 2 * levels, half = nx / 2;
  const long row_bytes = 2 * width;
  const int top = ((from - levels) % ny + ny) % ny;   // the row of the torus that stands first in the band
  for (int r = 0, j = top; r < rows; ++r, j = j + 1 == ny ? 0 : j + 1)
    __builtin_memcpy(band + r * row_bytes, now + j * row_bytes, row_bytes);
  for (int front = 1; front < rows + levels; ++front) {
    for (int s = 1; s <= levels; ++s) {
      const int r = front - s + 1;
      if (r < s || r >= rows - s) continue;
      const int j = (top + r) % ny;
      const int odd = (j + first_step + s - 1) & 1;   // which sites of this row may flip
      signed char* own = band + r * row_bytes + odd * width + 64;
      const signed char* beside = band + r * row_bytes + (1 - odd) * width + 64 - 1 + odd;
      step_row(own, beside, own - row_bytes, own + row_bytes, half, unsigned(j) * unsigned(nx) + unsigned(odd), steps[s - 1]);
    }
  }
  for (int j = from; j < to; ++j) __builtin_memcpy(then + j * row_bytes, band + (j - from + levels) * row_bytes, row_bytes);
}

static inline unsigned below(float p) {
  const float scaled = p * 0x1p24f;
  const unsigned whole = unsigned(scaled);
  return whole + (float(whole) < scaled);
}

extern "C" void ising_run(signed char* spins, const float* p_accept, signed char* fields, signed char* bands, int nx, int ny, int sweeps,
                          unsigned seed, int count) {
  const int half = nx / 2;
  const long width = (nx + 127) / 128 * 64 + 128;
  const long band_bytes = ((ny + count - 1) / count + 2 * KS) * 2 * width;
  Meeting meeting = {0, 0};
#pragma omp parallel
  {
    const int team = omp_get_num_threads(), me = omp_get_thread_num();
    signed char *now = fields, *then = fields + 2 * ny * width;
    const int from = int(long(ny) * me / team), to = int(long(ny) * (me + 1) / team);
    for (int j = from; j < to; ++j) split(spins + long(j) * nx, now + j * 2 * width, width, half);
    Step steps[KS];
    for (int k = 0; k < KS; ++k) steps[k].below3 = below(p_accept[3]), steps[k].below4 = below(p_accept[4]);
    for (int done = 0; done < 2 * sweeps; done += KS) {
      const int levels = 2 * sweeps - done < KS ? 2 * sweeps - done : KS;
      for (int s = 0; s < levels; ++s) steps[s].key = mix(seed + unsigned(done + s) * 0x9E3779B9u);
      meet(&meeting, team);
      for (int b = me; b < count; b += team) {
        const int first = int(long(ny) * b / count), last = int(long(ny) * (b + 1) / count);
        if (first < last) run_band(now, then, bands + b * band_bytes, width, nx, ny, first, last, levels, steps, done);
      }
      signed char* swap = now;
      now = then, then = swap;
    }
    meet(&meeting, team);
    for (int j = from; j < to; ++j) join(now + j * 2 * width, spins + long(j) * nx, width, half);
  }
}
