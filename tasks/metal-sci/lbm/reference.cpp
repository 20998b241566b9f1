// lbm: D2Q9, pull streaming and BGK collision on a torus, in double precision.
#include <ridgeline/reference.h>

#include <array>
#include <utility>
#include <vector>

namespace {

constexpr std::array<int, 9> cx = {0, 1, 0, -1, 0, 1, -1, -1, 1}, cy = {0, 0, 1, 0, -1, 1, 1, -1, -1};
constexpr std::array<double, 9> weight = {4.0 / 9,  1.0 / 9,  1.0 / 9,  1.0 / 9, 1.0 / 9,
                                          1.0 / 36, 1.0 / 36, 1.0 / 36, 1.0 / 36};

double equilibrium(std::size_t k, double rho, double ux, double uy) {
  const double cu = cx[k] * ux + cy[k] * uy;
  return weight[k] * rho * (1 + 3 * cu + 4.5 * cu * cu - 1.5 * (ux * ux + uy * uy));
}

// A smooth periodic field of unit size: a few plane waves of random direction, size and phase.
class Waves {
 public:
  explicit Waves(ridge::ref::Rng& rng) {
    for (Wave& w : waves_) {
      w.kx = int(rng.integer(-3, 3));
      w.ky = int(rng.integer(-3, 3));
      if (w.kx == 0 && w.ky == 0) w.kx = 1;
      w.size = rng.uniform(0.5, 1.0) / double(waves_.size());
      w.phase = rng.uniform(0.0, 6.283185307179586);
    }
  }
  double at(double x, double y) const {
    double sum = 0;
    for (const Wave& w : waves_) sum += w.size * std::cos(6.283185307179586 * (w.kx * x + w.ky * y) + w.phase);
    return sum;
  }

 private:
  struct Wave {
    int kx = 0, ky = 0;
    double size = 0, phase = 0;
  };
  std::array<Wave, 4> waves_;
};

}  // namespace

// Flow at up to about a tenth of the lattice's speed, so that the terms quadratic in the velocity count, with a density that varies, and
// away from local equilibrium, so that tau counts from the first step on.
void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  const std::int64_t nx = c.integer("nx"), ny = c.integer("ny"), cells = nx * ny;
  const auto f = c.f32("f");
  const Waves density(rng), along(rng), across(rng);
  const double wind_x = rng.uniform(-0.05, 0.05), wind_y = rng.uniform(-0.05, 0.05);
  const ridge::ref::Rng base(rng.bits64());
#pragma omp parallel for schedule(static)
  for (std::int64_t j = 0; j < ny; ++j) {   // a stream for every row: the bytes do not depend on the number of threads
    ridge::ref::Rng own = base.stream(std::uint64_t(j));
    for (std::int64_t i = 0; i < nx; ++i) {
      const double x = double(i) / double(nx), y = double(j) / double(ny);
      const double rho = 1 + 0.05 * density.at(x, y);
      const double ux = wind_x + 0.1 * along.at(x, y), uy = wind_y + 0.1 * across.at(x, y);
      for (std::size_t k = 0; k < 9; ++k)
        f[k * std::size_t(cells) + std::size_t(j * nx + i)] =
            float(equilibrium(k, rho, ux, uy) * (1 + 0.02 * own.uniform(-1.0, 1.0)));
    }
  }
}

void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const std::int64_t nx = c.integer("nx"), ny = c.integer("ny"), cells = nx * ny, steps = c.integer("steps");
  const double omega = 1 / c.real("tau");
  const auto first = c.f32("f");
  std::vector<double> now(first.begin(), first.end()), next(now.size());
  for (std::int64_t t = 0; t < steps; ++t) {
#pragma omp parallel for schedule(static)
    for (std::int64_t j = 0; j < ny; ++j) {
      std::array<const double*, 9> from;
      std::array<double*, 9> to;
      for (std::size_t k = 0; k < 9; ++k) {
        from[k] = now.data() + std::int64_t(k) * cells + (j - cy[k] + ny) % ny * nx;
        to[k] = next.data() + std::int64_t(k) * cells + j * nx;
      }
      for (std::int64_t i = 0; i < nx; ++i) {
        const std::int64_t left = i == 0 ? nx - 1 : i - 1, right = i == nx - 1 ? 0 : i + 1;
        std::array<double, 9> f;
        double rho = 0, mx = 0, my = 0;
        for (std::size_t k = 0; k < 9; ++k) {
          f[k] = from[k][cx[k] == 1 ? left : cx[k] == -1 ? right : i];
          rho += f[k], mx += cx[k] * f[k], my += cy[k] * f[k];
        }
        for (std::size_t k = 0; k < 9; ++k) to[k][i] = f[k] - omega * (f[k] - equilibrium(k, rho, mx / rho, my / rho));
      }
    }
    std::swap(now, next);
  }
  const auto result = out.real("f");
  for (std::size_t i = 0; i < now.size(); ++i) result[i] = now[i];
}

RIDGELINE_REFERENCE(inputs, oracle)
