/* ridgeline
# All steps of a chain are one launch, and its state never leaves the registers. Some lanes share a chain: each has a few rows of the matrix
# in registers, its components of state, momentum and force, and draws its own momenta; of all that, only the state goes through
# shared memory, once for each product. A product's rows are as long as the next multiple of eight. The force at the beginning of a
# step is the one at the end of the step before, or of the one before that.

constraints = ["BLOCK * OCC <= 256"]   # registers

[tune]
LANES8  = [2, 4, 8]      # lanes of a chain, by dimensions: at most 8,
LANES16 = [4, 8, 2]      # 16,
LANES24 = [8, 4]         # 24,
LANES32 = [8, 16, 32]    # 32
BLOCK   = [64, 128, 32, 256]
OCC     = [1, 2, 4]      # blocks that should fit a multiprocessor

[[stage]]
[[stage.op]]
launch = "hmc_8"
when = "d <= 8"
grid = ["ceil_div(K * LANES8, BLOCK)"]
block = ["BLOCK"]
args = ["q", "accept_cnt", "A", "K", "d", "L", "T", "eps", "seed"]
[[stage.op]]
launch = "hmc_16"
when = "d > 8 && d <= 16"
grid = ["ceil_div(K * LANES16, BLOCK)"]
block = ["BLOCK"]
args = ["q", "accept_cnt", "A", "K", "d", "L", "T", "eps", "seed"]
[[stage.op]]
launch = "hmc_24"
when = "d > 16 && d <= 24"
grid = ["ceil_div(K * LANES24, BLOCK)"]
block = ["BLOCK"]
args = ["q", "accept_cnt", "A", "K", "d", "L", "T", "eps", "seed"]
[[stage.op]]
launch = "hmc_32"
when = "d > 24"
grid = ["ceil_div(K * LANES32, BLOCK)"]
block = ["BLOCK"]
args = ["q", "accept_cnt", "A", "K", "d", "L", "T", "eps", "seed"]
*/
__device__ __forceinline__ unsigned mix(unsigned x) {
  x ^= x >> 16;
  x *= 0x85EBCA6Bu;
  x ^= x >> 13;
  x *= 0xC2B2AE35u;
  x ^= x >> 16;
  return x;
}

// `key`: seed + chain * 0x9E3779B9
__device__ __forceinline__ float draw(unsigned key, unsigned counter) { return float(mix(mix(key ^ counter)) >> 8) * 0x1p-24f; }

// Length and direction of the pair of momenta that begins at `counter`.
__device__ __forceinline__ float pair(unsigned key, unsigned counter, float* sine, float* cosine) {
  const float u1 = fmaxf(draw(key, counter), 1e-7f), u2 = draw(key, counter + 1);
  sincospif(2.0f * u2, sine, cosine);
  return sqrtf(-2.0f * logf(u1));
}

template <int D, int LANES>
__device__ __forceinline__ void chains(float* __restrict__ q_all, unsigned* __restrict__ accept_cnt, const float* __restrict__ A, int K, int d,
                                       int L, int T, float eps, unsigned seed) {
  constexpr int R = D / LANES, GROUPS = BLOCK / LANES, PITCH = D + 4;   // the pitch keeps chains on different banks
  __shared__ __align__(16) float states[2][GROUPS * PITCH];
  const int part = threadIdx.x % LANES, group = threadIdx.x / LANES, row = part * R;
  const int wanted = blockIdx.x * GROUPS + group, chain = min(wanted, K - 1);
  const unsigned key = seed + unsigned(chain) * 0x9E3779B9u;
  float a[R][D], now[R], force_now[R];
#pragma unroll
  for (int r = 0; r < R; ++r) {
#pragma unroll
    for (int j = 0; j < D; ++j) a[r][j] = row + r < d && j < d ? A[(row + r) * d + j] : 0.0f;
    now[r] = row + r < d ? q_all[(long long)chain * d + row + r] : 0.0f;
  }
  int turn = 0;
  const auto product = [&](const float (&q)[R], float (&f)[R]) {
    float* own = states[turn] + group * PITCH;
    turn ^= 1;   // whoever still reads the last one is not disturbed
#pragma unroll
    for (int r = 0; r < R; ++r) own[row + r] = q[r];
    __syncwarp();
    float odd[R] = {};
#pragma unroll
    for (int r = 0; r < R; ++r) f[r] = 0.0f;
#pragma unroll
    for (int j = 0; j < D; j += 4) {
      const float4 v = *(const float4*)(own + j);
#pragma unroll
      for (int r = 0; r < R; ++r) {
        f[r] = fmaf(a[r][j + 1], v.y, fmaf(a[r][j], v.x, f[r]));
        odd[r] = fmaf(a[r][j + 3], v.w, fmaf(a[r][j + 2], v.z, odd[r]));
      }
    }
#pragma unroll
    for (int r = 0; r < R; ++r) f[r] += odd[r];
  };
  const auto energy = [&](const float (&q)[R], const float (&f)[R], const float (&p)[R]) {
    float sum = 0.0f;
#pragma unroll
    for (int r = 0; r < R; ++r) sum = fmaf(q[r], f[r], fmaf(p[r], p[r], sum));
    return 0.5f * sum;
  };

  product(now, force_now);
  unsigned accepted = 0;
  for (int step = 0; step < T; ++step) {
    const unsigned base = unsigned(step) * unsigned(d + 1);
    float p[R], q[R], f[R];
    if constexpr (R % 2 == 0) {
#pragma unroll
      for (int r = 0; r < R; r += 2) {
        float sine, cosine;
        const float size = pair(key, base + row + r, &sine, &cosine);
        p[r] = row + r < d ? size * cosine : 0.0f;
        p[r + 1] = row + r < d ? size * sine : 0.0f;
      }
    } else {   // two lanes may share a pair: both draw it
#pragma unroll
      for (int r = 0; r < R; ++r) {
        float sine, cosine;
        const float size = pair(key, base + ((row + r) & ~1), &sine, &cosine);
        p[r] = row + r >= d ? 0.0f : size * ((row + r) & 1 ? sine : cosine);
      }
    }
    const float before = energy(now, force_now, p);
#pragma unroll
    for (int r = 0; r < R; ++r) q[r] = now[r], p[r] = fmaf(-0.5f * eps, force_now[r], p[r]);
    for (int l = 1; l <= L; ++l) {
#pragma unroll
      for (int r = 0; r < R; ++r) q[r] = fmaf(eps, p[r], q[r]);
      product(q, f);
      const float kick = l == L ? -0.5f * eps : -eps;
#pragma unroll
      for (int r = 0; r < R; ++r) p[r] = fmaf(kick, f[r], p[r]);
    }
    float change = energy(q, f, p) - before;
#pragma unroll
    for (int far = 1; far < LANES; far *= 2) change += __shfl_xor_sync(0xffffffffu, change, far);
    const float u = fmaxf(draw(key, base + unsigned(d)), 1e-30f);
    if (isfinite(change) && logf(u) < -change) {
      ++accepted;
#pragma unroll
      for (int r = 0; r < R; ++r) now[r] = q[r], force_now[r] = f[r];
    }
  }
  if (wanted >= K) return;
#pragma unroll
  for (int r = 0; r < R; ++r)
    if (row + r < d) q_all[(long long)chain * d + row + r] = now[r];
  if (part == 0) accept_cnt[chain] += accepted;
}

extern "C" __global__ void __launch_bounds__(BLOCK, OCC) hmc_8(float* __restrict__ q, unsigned* __restrict__ accept_cnt,
                                                               const float* __restrict__ A, int K, int d, int L, int T, float eps,
                                                               unsigned seed) {
  chains<8, LANES8>(q, accept_cnt, A, K, d, L, T, eps, seed);
}
extern "C" __global__ void __launch_bounds__(BLOCK, OCC) hmc_16(float* __restrict__ q, unsigned* __restrict__ accept_cnt,
                                                                const float* __restrict__ A, int K, int d, int L, int T, float eps,
                                                                unsigned seed) {
  chains<16, LANES16>(q, accept_cnt, A, K, d, L, T, eps, seed);
}
extern "C" __global__ void __launch_bounds__(BLOCK, OCC) hmc_24(float* __restrict__ q, unsigned* __restrict__ accept_cnt,
                                                                const float* __restrict__ A, int K, int d, int L, int T, float eps,
                                                                unsigned seed) {
  chains<24, LANES24>(q, accept_cnt, A, K, d, L, T, eps, seed);
}
extern "C" __global__ void __launch_bounds__(BLOCK, OCC) hmc_32(float* __restrict__ q, unsigned* __restrict__ accept_cnt,
                                                                const float* __restrict__ A, int K, int d, int L, int T, float eps,
                                                                unsigned seed) {
  chains<32, LANES32>(q, accept_cnt, A, K, d, L, T, eps, seed);
}
