// ising: Metropolis sweeps in two colours on a torus. The random numbers are prescribed, so the answer is exact.
#include <ridgeline/reference.h>

#include <cmath>
#include <vector>

namespace {

constexpr std::uint32_t golden = 0x9E3779B9u;

// Finaliser of MurmurHash3 (Appleby).
std::uint32_t mix(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x85EBCA6Bu;
  x ^= x >> 13;
  x *= 0xC2B2AE35u;
  return x ^ x >> 16;
}

}  // namespace

void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  std::uint64_t bits = 0;
  int left = 0;
  for (std::int8_t& s : c.i8("spins")) {
    if (left == 0) bits = rng.bits64(), left = 64;
    s = std::int8_t(2 * int(bits & 1) - 1);
    bits >>= 1, --left;
  }
  const double beta = c.real("beta");
  const auto p = c.f32("p_accept");
  p[0] = p[1] = p[2] = 1.0f;
  p[3] = float(std::exp(-4.0 * beta));
  p[4] = float(std::exp(-8.0 * beta));
}

// u = (x >> 8) * 2^-24 < p, both sides exact in double, is the same as x >> 8 < ceil(p * 2^24) in integers.
void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const std::int64_t nx = c.integer("nx"), ny = c.integer("ny"), sweeps = c.integer("sweeps");
  if (nx % 2 || ny % 2) ridge::ref::complain("both sides must be even:", "nx, ny");
  const auto first = c.i8("spins");
  const auto p = c.f32("p_accept");
  const auto seed = std::uint32_t(c.integer("seed"));
  std::uint32_t below[5];
  for (int k = 0; k < 5; ++k) below[k] = std::uint32_t(std::ceil(double(p[k]) * 0x1p24));
  std::vector<std::int8_t> spins(first.begin(), first.end());
  for (std::int64_t step = 0; step < 2 * sweeps; ++step) {
    const std::uint32_t key = mix(seed + std::uint32_t(step) * golden);
#pragma omp parallel for schedule(static)
    for (std::int64_t j = 0; j < ny; ++j) {
      std::int8_t* mid = spins.data() + j * nx;
      const std::int8_t* up = spins.data() + (j == 0 ? ny - 1 : j - 1) * nx;
      const std::int8_t* down = spins.data() + (j == ny - 1 ? 0 : j + 1) * nx;
      for (std::int64_t i = (step + j) & 1; i < nx; i += 2) {
        const int h = mid[i == 0 ? nx - 1 : i - 1] + mid[i == nx - 1 ? 0 : i + 1] + up[i] + down[i];
        const std::uint32_t x = mix(key ^ std::uint32_t(j * nx + i));
        if (x >> 8 < below[(mid[i] * h + 4) / 2]) mid[i] = std::int8_t(-mid[i]);
      }
    }
  }
  const auto result = out.integer("spins");
  for (std::size_t i = 0; i < spins.size(); ++i) result[i] = spins[i];
}

RIDGELINE_REFERENCE(inputs, oracle)
