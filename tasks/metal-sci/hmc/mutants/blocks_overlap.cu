/* ridgeline
[scratch]
other = { type = "f32", count = "K * d" }

[[stage]]
repeat = "T"
index = "step"
rotate = [["q", "other"]]
[[stage.op]]
launch = "hmc_step"
grid = ["ceil_div(K, 64)"]
block = [64]
args = ["q", "other", "accept_cnt", "A", "K", "d", "L", "eps", { value = "step", type = "u32" }, "seed"]
*/
// Wrong on purpose: blocks of 64 chains begin 32 apart, so steps of some are counted twice, and the last chains are left out.
__device__ unsigned mix(unsigned x) {
  x ^= x >> 16;
  x *= 0x85EBCA6Bu;
  x ^= x >> 13;
  x *= 0xC2B2AE35u;
  x ^= x >> 16;
  return x;
}

__device__ float draw(unsigned seed, unsigned chain, unsigned counter) {
  const unsigned x = mix(mix((seed + chain * 0x9E3779B9u) ^ counter));
  return (float)(x >> 8) * 0x1p-24f;
}

__device__ void force(const float* A, const float* q, float* f, int d) {
  for (int i = 0; i < d; ++i) {
    float sum = 0;
    for (int j = 0; j < d; ++j) sum += A[i * d + j] * q[j];
    f[i] = sum;
  }
}

__device__ float energy(const float* q, const float* f, const float* p, int d) {
  float potential = 0, kinetic = 0;
  for (int i = 0; i < d; ++i) potential += q[i] * f[i], kinetic += p[i] * p[i];
  return 0.5f * potential + 0.5f * kinetic;
}

extern "C" __global__ void hmc_step(const float* q_in, float* q_out, unsigned* accept_cnt, const float* A, int K, int d, int L, float eps,
                                    unsigned step, unsigned seed) {
  const int chain = blockIdx.x * 32 + threadIdx.x;
  if (chain >= K) return;
  float q[32], p[32], f[32];
  const unsigned base = step * (unsigned)(d + 1);
  for (int i = 0; i < d; ++i) q[i] = q_in[chain * d + i];
  for (int i = 0; i < d; i += 2) {
    const float u1 = fmaxf(draw(seed, chain, base + i), 1e-7f), u2 = draw(seed, chain, base + i + 1);
    const float r = sqrtf(-2.0f * logf(u1)), angle = 6.2831853f * u2;
    p[i] = r * cosf(angle);
    p[i + 1] = r * sinf(angle);
  }
  force(A, q, f, d);
  const float before = energy(q, f, p, d);
  for (int i = 0; i < d; ++i) p[i] -= 0.5f * eps * f[i];
  for (int l = 0; l < L; ++l) {
    for (int i = 0; i < d; ++i) q[i] += eps * p[i];
    force(A, q, f, d);
    const float kick = l == L - 1 ? 0.5f * eps : eps;
    for (int i = 0; i < d; ++i) p[i] -= kick * f[i];
  }
  const float change = energy(q, f, p, d) - before;
  const float u = fmaxf(draw(seed, chain, base + d), 1e-30f);
  const bool accept = isfinite(change) && logf(u) < -change;
  for (int i = 0; i < d; ++i) q_out[chain * d + i] = accept ? q[i] : q_in[chain * d + i];
  accept_cnt[chain] += accept;
}
