// hmc: chains of Hamiltonian Monte Carlo on N(0, inverse of A), with prescribed random numbers, in double precision.
#include <ridgeline/reference.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace {

constexpr int lanes = 16;   // chains that advance together
constexpr int most = 32;    // dimensions
using Lanes = double[lanes];

// Finaliser of MurmurHash3 (Appleby).
std::uint32_t mix(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x85EBCA6Bu;
  x ^= x >> 13;
  x *= 0xC2B2AE35u;
  return x ^ x >> 16;
}

double draw(std::uint32_t seed, std::uint32_t chain, std::uint32_t counter) {
  return double(mix(mix((seed + chain * 0x9E3779B9u) ^ counter)) >> 8) * 0x1p-24;
}

void force(const double* a, const Lanes* q, Lanes* f, int d) {
  for (int i = 0; i < d; ++i) {
    Lanes sum = {};
    for (int j = 0; j < d; ++j) {
      const double aij = a[i * d + j];
      for (int l = 0; l < lanes; ++l) sum[l] += aij * q[j][l];
    }
    std::copy(sum, sum + lanes, f[i]);
  }
}

void energy(const Lanes* q, const Lanes* f, const Lanes* p, int d, Lanes& h) {
  std::fill(h, h + lanes, 0.0);
  for (int i = 0; i < d; ++i)
    for (int l = 0; l < lanes; ++l) h[l] += 0.5 * (q[i][l] * f[i][l] + p[i][l] * p[i][l]);
}

// Columns of a random orthogonal matrix: Gram and Schmidt, twice, on normal vectors.
std::vector<double> orthogonal(int d, ridge::ref::Rng& rng) {
  std::vector<double> m(std::size_t(d) * d);
  for (double& v : m) v = rng.normal();
  for (int c = 0; c < d; ++c) {
    for (int pass = 0; pass < 2; ++pass) {
      for (int b = 0; b < c; ++b) {
        double dot = 0;
        for (int r = 0; r < d; ++r) dot += m[r * d + b] * m[r * d + c];
        for (int r = 0; r < d; ++r) m[r * d + c] -= dot * m[r * d + b];
      }
    }
    double norm = 0;
    for (int r = 0; r < d; ++r) norm += m[r * d + c] * m[r * d + c];
    norm = std::sqrt(norm);
    for (int r = 0; r < d; ++r) m[r * d + c] /= norm;
  }
  return m;
}

}  // namespace

// Variances from 0.5 to 2 along random axes; chains begin twice as wide as the target.
void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  const int d = int(c.integer("d"));
  if (d % 2) ridge::ref::complain("must be even:", "d");
  ridge::ref::Rng for_axes = rng.stream(0), for_state = rng.stream(1), for_count = rng.stream(2);
  const auto axes = orthogonal(d, for_axes);
  std::vector<double> variance(d);
  for (int k = 0; k < d; ++k) variance[k] = 0.5 * std::pow(4.0, double(k) / (d - 1));
  const auto a = c.f32("A");
  for (int i = 0; i < d; ++i) {
    for (int j = 0; j <= i; ++j) {
      double sum = 0;
      for (int k = 0; k < d; ++k) sum += axes[i * d + k] * axes[j * d + k] / variance[k];
      a[i * d + j] = a[j * d + i] = float(sum);
    }
  }
  const auto q = c.f32("q");
  std::vector<double> z(d);
  for (std::size_t chain = 0; chain < q.size() / d; ++chain) {
    for (int k = 0; k < d; ++k) z[k] = 2.0 * std::sqrt(variance[k]) * for_state.normal();
    for (int i = 0; i < d; ++i) {
      double sum = 0;
      for (int k = 0; k < d; ++k) sum += axes[i * d + k] * z[k];
      q[chain * d + i] = float(sum);
    }
  }
  for (std::uint32_t& n : c.u32("accept_cnt")) n = std::uint32_t(for_count.integer(0, 1000));   // counting goes on from here
}

void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const int d = int(c.integer("d"));
  const std::int64_t chains = c.integer("K"), steps = c.integer("T"), L = c.integer("L");
  const double eps = c.real("eps");
  const auto seed = std::uint32_t(c.integer("seed"));
  const auto first = c.f32("q");
  const auto counts = c.u32("accept_cnt");
  const auto matrix = c.f32("A");
  const std::vector<double> a(matrix.begin(), matrix.end());
  const auto state = out.real("q");
  const auto accepted = out.integer("accept_cnt");
#pragma omp parallel for schedule(dynamic)
  for (std::int64_t from = 0; from < chains; from += lanes) {
    const int many = int(std::min<std::int64_t>(lanes, chains - from));
    Lanes now[most], q[most], p[most], f[most], before, after;
    std::int64_t count[lanes] = {};
    for (int i = 0; i < d; ++i)
      for (int l = 0; l < lanes; ++l) now[i][l] = first[(from + std::min(l, many - 1)) * d + i];
    for (std::int64_t step = 0; step < steps; ++step) {
      const auto base = std::uint32_t(step) * std::uint32_t(d + 1);
      for (int i = 0; i < d; i += 2) {
        for (int l = 0; l < lanes; ++l) {
          const auto chain = std::uint32_t(from + l);
          const double u1 = std::max(draw(seed, chain, base + i), double(1e-7f)), u2 = draw(seed, chain, base + i + 1);
          const double r = std::sqrt(-2.0 * std::log(u1)), angle = 6.283185307179586476925 * u2;
          p[i][l] = r * std::cos(angle);
          p[i + 1][l] = r * std::sin(angle);
        }
      }
      std::copy(&now[0][0], &now[0][0] + d * lanes, &q[0][0]);
      force(a.data(), q, f, d);
      energy(q, f, p, d, before);
      for (int i = 0; i < d; ++i)
        for (int l = 0; l < lanes; ++l) p[i][l] -= 0.5 * eps * f[i][l];
      for (std::int64_t k = 0; k < L; ++k) {
        for (int i = 0; i < d; ++i)
          for (int l = 0; l < lanes; ++l) q[i][l] += eps * p[i][l];
        force(a.data(), q, f, d);
        const double kick = k == L - 1 ? 0.5 * eps : eps;
        for (int i = 0; i < d; ++i)
          for (int l = 0; l < lanes; ++l) p[i][l] -= kick * f[i][l];
      }
      energy(q, f, p, d, after);
      for (int l = 0; l < lanes; ++l) {
        const double change = after[l] - before[l];
        const double u = std::max(draw(seed, std::uint32_t(from + l), base + std::uint32_t(d)), 1e-30);
        if (!std::isfinite(change) || !(std::log(u) < -change)) continue;
        for (int i = 0; i < d; ++i) now[i][l] = q[i][l];
        ++count[l];
      }
    }
    for (int l = 0; l < many; ++l) {
      for (int i = 0; i < d; ++i) state[(from + l) * d + i] = now[i][l];
      accepted[from + l] = std::int64_t(counts[from + l]) + count[l];
    }
  }
}

namespace {

// How many chains may leave the oracle's trajectory. Rounding moves the change of energy by a few units of its last place, and a
// decision is different when the random number falls into that gap.
double strays_allowed(const ridge::ref::Case& c) {
  const double decisions = double(c.integer("K")) * double(c.integer("T"));
  return 2.0 + 1e-6 * decisions * double(c.integer("d"));
}

constexpr double same_state = 2e-4;   // largest distance of any component from the oracle's for a chain that follows it

// Chains that do not follow, and what they do to mean and covariance, each against its limit.
double states_error(const ridge::ref::Case& c, const float* got, const double* expected) {
  const auto d = std::size_t(c.integer("d")), chains = std::size_t(c.integer("K"));
  const double allowed = strays_allowed(c);
  double strays = 0;
  std::vector<double> mean(2 * d), square(2 * d * d);
  for (std::size_t chain = 0; chain < chains; ++chain) {
    const float* g = got + chain * d;
    const double* e = expected + chain * d;
    double off = 0;
    for (std::size_t i = 0; i < d; ++i) {
      if (!std::isfinite(g[i])) return NAN;
      off = std::max(off, std::fabs(g[i] - e[i]));
    }
    strays += off > same_state;
    for (std::size_t i = 0; i < d; ++i) {
      mean[i] += g[i], mean[d + i] += e[i];
      for (std::size_t j = 0; j <= i; ++j) square[i * d + j] += double(g[i]) * g[j], square[(d + i) * d + j] += e[i] * e[j];
    }
  }
  double worst = strays / allowed;
  // A stray chain is still a sample: it may move the mean by a few of the largest deviation (1.4) and the second moments by its square.
  for (std::size_t i = 0; i < d; ++i) {
    worst = std::max(worst, std::fabs(mean[i] - mean[d + i]) / (8.0 * allowed + same_state * double(chains)));
    for (std::size_t j = 0; j <= i; ++j)
      worst = std::max(worst, std::fabs(square[i * d + j] - square[(d + i) * d + j]) / (40.0 * allowed + 16.0 * same_state * double(chains)));
  }
  return worst;
}

double counts_error(const ridge::ref::Case& c, const std::uint32_t* got, const std::int64_t* expected) {
  const auto chains = std::size_t(c.integer("K"));
  double strays = 0, distance = 0;
  for (std::size_t chain = 0; chain < chains; ++chain) {
    const double off = std::fabs(double(got[chain]) - double(expected[chain]));
    strays += off > 0;
    distance += off;
  }
  return std::max(strays, 0.5 * distance) / strays_allowed(c);
}

double error(const ridge::ref::Case& c, const ridge::ref::RawBuffer& got, const ridge::ref::RawBuffer& expected) {
  if (got.type == ridge::ref::Type::f32)
    return states_error(c, static_cast<const float*>(got.data), static_cast<const double*>(expected.data));
  return counts_error(c, static_cast<const std::uint32_t*>(got.data), static_cast<const std::int64_t*>(expected.data));
}

}  // namespace

RIDGELINE_REFERENCE_WITH_METRIC(inputs, oracle, error)
