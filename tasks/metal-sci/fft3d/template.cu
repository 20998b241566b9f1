/* ridgeline
# Stockham's steps of radix RADIX, whose numbers stand in registers: a thread has RADIX of them, and n / RADIX threads have a line. Between
# steps they change places in shared memory. What is left of the length is the first step, which needs no roots; for the others a
# thread turns one root and takes its powers. Blocks work on lines side by side, so that memory is touched in whole sectors along every
# axis, and lines are replaced in place. Cubes narrower than RADIX are summed directly.

constraints = ["BLOCK * RADIX * 17 // 2 <= dev.shared_max", "BLOCK * OCC * RADIX <= 16384"]   # the second: registers

[tune]
RADIX = [16, 8]
BLOCK = [256, 128, 512]     # threads of a block
OCC   = [2, 1, 3, 4]        # blocks that should fit a multiprocessor

[scratch]
work = { type = "f32", count = "n >= RADIX ? 1 : 2 * cells" }

[[stage]]
when = "n >= RADIX"
[[stage.op]]
launch = "fft_lines"
grid = ["n * n // min(n, BLOCK * RADIX // n)"]
block = ["n // RADIX * min(n, BLOCK * RADIX // n)"]
shared = "min(n, BLOCK * RADIX // n) * n * 17 // 2"
args = ["in", "out", "logn", 0, { value = "ilog2(min(n, BLOCK * RADIX // n))" }]
[[stage.op]]
launch = "fft_lines"
grid = ["n * n // min(n, BLOCK * RADIX // n)"]
block = ["n // RADIX * min(n, BLOCK * RADIX // n)"]
shared = "min(n, BLOCK * RADIX // n) * n * 17 // 2"
args = ["out", "out", "logn", 1, { value = "ilog2(min(n, BLOCK * RADIX // n))" }]
[[stage.op]]
launch = "fft_lines"
grid = ["n * n // min(n, BLOCK * RADIX // n)"]
block = ["n // RADIX * min(n, BLOCK * RADIX // n)"]
shared = "min(n, BLOCK * RADIX // n) * n * 17 // 2"
args = ["out", "out", "logn", 2, { value = "ilog2(min(n, BLOCK * RADIX // n))" }]

[[stage]]
when = "n < RADIX"
[[stage.op]]
launch = "fft_sums"
grid = ["ceil_div(cells, 64)"]
block = [64]
args = ["in", "out", "logn", 0]
[[stage.op]]
launch = "fft_sums"
grid = ["ceil_div(cells, 64)"]
block = [64]
args = ["out", "work", "logn", 1]
[[stage.op]]
launch = "fft_sums"
grid = ["ceil_div(cells, 64)"]
block = [64]
args = ["work", "out", "logn", 2]
*/
#define LOG_RADIX (RADIX == 16 ? 4 : 3)

extern __shared__ __align__(16) float2 exchange[];

__device__ __forceinline__ float2 operator+(float2 a, float2 b) { return make_float2(a.x + b.x, a.y + b.y); }
__device__ __forceinline__ float2 operator-(float2 a, float2 b) { return make_float2(a.x - b.x, a.y - b.y); }
__device__ __forceinline__ float2 operator*(float2 a, float2 b) {
  return make_float2(fmaf(a.x, b.x, -a.y * b.y), fmaf(a.x, b.y, a.y * b.x));
}

// exp(-2 pi i k / 16)
template <int K>
__device__ __forceinline__ float2 turned(float2 v) {
  constexpr float c = 0.92387953251128674f, s = 0.38268343236508977f, h = 0.70710678118654752f;
  if constexpr (K == 0) return v;
  else if constexpr (K == 1) return v * make_float2(c, -s);
  else if constexpr (K == 2) return make_float2(h * (v.x + v.y), h * (v.y - v.x));
  else if constexpr (K == 3) return v * make_float2(s, -c);
  else if constexpr (K == 4) return make_float2(v.y, -v.x);
  else if constexpr (K == 5) return v * make_float2(-s, -c);
  else if constexpr (K == 6) return make_float2(h * (v.y - v.x), -h * (v.x + v.y));
  else return v * make_float2(-c, -s);
}

// The transform of R numbers, every STRIDE-th from FIRST on, in their place and in natural order.
template <int R, int FIRST, int STRIDE, int N>
struct Small {
  template <int K>
  static __device__ __forceinline__ void join(const float2 (&even)[R / 2], const float2 (&odd)[R / 2], float2 (&v)[N]) {
    const float2 t = turned<K * (16 / R)>(odd[K]);
    v[FIRST + K * STRIDE] = even[K] + t;
    v[FIRST + (K + R / 2) * STRIDE] = even[K] - t;
    if constexpr (K + 1 < R / 2) join<K + 1>(even, odd, v);
  }
  static __device__ __forceinline__ void run(float2 (&v)[N]) {
    float2 even[R / 2], odd[R / 2];
#pragma unroll
    for (int k = 0; k < R / 2; ++k) even[k] = v[FIRST + 2 * k * STRIDE], odd[k] = v[FIRST + (2 * k + 1) * STRIDE];
    if constexpr (R > 2) {
      Small<R / 2, 0, 1, R / 2>::run(even);
      Small<R / 2, 0, 1, R / 2>::run(odd);
    }
    join<0>(even, odd, v);
  }
};

// RADIX / R transforms of R numbers side by side.
template <int R, int FIRST = 0>
__device__ __forceinline__ void side_by_side(float2 (&v)[RADIX]) {
  Small<R, FIRST, RADIX / R, RADIX>::run(v);
  if constexpr (FIRST + 1 < RADIX / R) side_by_side<R, FIRST + 1>(v);
}

// Lines of n = 2^logn numbers; 2^log_lines of them in a block.
struct Layout {
  int log_lines, line, pitch;
  bool along;   // along x: a line is one piece
  __device__ __forceinline__ float2& operator()(int i) const {
    return along ? exchange[line * pitch + i + (i >> 4)] : exchange[(i << log_lines) + line];
  }
};

// First step, of radix R < RADIX: number e of a thread belongs to place j + (e % (RADIX / R)) * threads.
template <int R>
__device__ __forceinline__ void first_step(float2 (&v)[RADIX], int j, int threads, const Layout& place) {
  side_by_side<R>(v);
#pragma unroll
  for (int e = 0; e < RADIX; ++e) place((j + e % (RADIX / R) * threads) * R + e / (RADIX / R)) = v[e];
}

extern "C" __global__ void __launch_bounds__(BLOCK, OCC) fft_lines(const float* in, float* out, int logn, int axis, int log_lines) {
  const int n = 1 << logn, log_threads = logn - LOG_RADIX, threads = 1 << log_threads;
  const bool along = axis == 0;
  const int j = along ? threadIdx.x & (threads - 1) : threadIdx.x >> log_lines;
  const int line = along ? threadIdx.x >> log_threads : threadIdx.x & ((1 << log_lines) - 1);
  const Layout place = {log_lines, line, n + (n >> 4), along};
  const int number = (blockIdx.x << log_lines) + line;   // of n^2
  const long long stride = along ? 1 : axis == 1 ? n : (long long)n * n;
  const long long first = along       ? (long long)number * n
                          : axis == 1 ? (long long)(number >> logn) * n * n + (number & (n - 1))
                                      : (long long)number;
  const float2* from = (const float2*)in + first;
  float2* to = (float2*)out + first;
  float2 v[RADIX];
#pragma unroll
  for (int e = 0; e < RADIX; ++e) v[e] = from[(j + e * threads) * stride];

  const int rest = logn % LOG_RADIX;
  int done = rest;   // steps of radix 2 behind us
  if (rest > 0) {
    if (rest == 1) first_step<2>(v, j, threads, place);
    if (rest == 2) first_step<4>(v, j, threads, place);
#if RADIX == 16
    if (rest == 3) first_step<8>(v, j, threads, place);
#endif
  }
  for (; done < logn; done += LOG_RADIX) {
    if (done > 0) {
      __syncthreads();
#pragma unroll
      for (int e = 0; e < RADIX; ++e) v[e] = place(j + e * threads);
      const int k = j & ((1 << done) - 1);
      float2 root[RADIX];
      sincospif(-2.0f * float(k) / float(RADIX << done), &root[1].y, &root[1].x);
#pragma unroll
      for (int e = 2; e < RADIX; ++e) root[e] = e % 2 ? root[e - 1] * root[1] : root[e / 2] * root[e / 2];
#pragma unroll
      for (int e = 1; e < RADIX; ++e) v[e] = v[e] * root[e];
      __syncthreads();
    }
    side_by_side<RADIX>(v);
    if (done + LOG_RADIX < logn) {
      const int k = j & ((1 << done) - 1), base = ((j >> done) << (done + LOG_RADIX)) + k;
#pragma unroll
      for (int e = 0; e < RADIX; ++e) place(base + (e << done)) = v[e];
    }
  }
#pragma unroll
  for (int e = 0; e < RADIX; ++e) to[(j + e * threads) * stride] = v[e];
}

// One output for each thread, straight from the definition.
extern "C" __global__ void fft_sums(const float* in, float* out, int logn, int axis) {
  const int n = 1 << logn, cells = n * n * n, c = blockIdx.x * 64 + threadIdx.x;
  if (c >= cells) return;
  const int shift = axis * logn, k = c >> shift & (n - 1), first = c & ~((n - 1) << shift);
  float2 sum = make_float2(0, 0);
  for (int i = 0; i < n; ++i) {
    float2 root;
    sincospif(-2.0f * float(i * k & (n - 1)) / float(n), &root.y, &root.x);
    sum = sum + ((const float2*)in)[first + (i << shift)] * root;
  }
  ((float2*)out)[c] = sum;
}
