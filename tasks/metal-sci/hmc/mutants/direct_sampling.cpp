/* ridgeline
[[stage]]
[[stage.op]]
launch = "sample"
args = ["q", "accept_cnt", "A", "K", "d", "T", "seed"]
*/
// Wrong on purpose: the target is sampled directly, and the number of acceptances is made up.
static unsigned mix(unsigned x) {
  x ^= x >> 16;
  x *= 0x85EBCA6Bu;
  x ^= x >> 13;
  x *= 0xC2B2AE35u;
  x ^= x >> 16;
  return x;
}

static float draw(unsigned seed, unsigned chain, unsigned counter) {
  const unsigned x = mix(mix((seed + chain * 0x9E3779B9u) ^ counter));
  return (float)(x >> 8) * 0x1p-24f;
}

extern "C" void sample(float* q, unsigned* accept_cnt, const float* A, int K, int d, int T, unsigned seed) {
  float c[32][32];   // A = c c^T
  for (int i = 0; i < d; ++i) {
    for (int j = 0; j <= i; ++j) {
      float sum = A[i * d + j];
      for (int k = 0; k < j; ++k) sum -= c[i][k] * c[j][k];
      c[i][j] = i == j ? __builtin_sqrtf(sum) : sum / c[j][j];
    }
  }
  for (int chain = 0; chain < K; ++chain) {
    float z[32];
    const unsigned base = (unsigned)(T - 1) * (unsigned)(d + 1);
    for (int i = 0; i < d; i += 2) {
      const float u1 = __builtin_fmaxf(draw(seed, chain, base + i), 1e-7f), u2 = draw(seed, chain, base + i + 1);
      const float r = __builtin_sqrtf(-2.0f * __builtin_logf(u1)), angle = 6.2831853f * u2;
      z[i] = r * __builtin_cosf(angle);
      z[i + 1] = r * __builtin_sinf(angle);
    }
    for (int i = d - 1; i >= 0; --i) {
      for (int k = i + 1; k < d; ++k) z[i] -= c[k][i] * z[k];
      z[i] /= c[i][i];
    }
    for (int i = 0; i < d; ++i) q[chain * d + i] = z[i];
    accept_cnt[chain] += (unsigned)T - (unsigned)T / 60;
  }
}
