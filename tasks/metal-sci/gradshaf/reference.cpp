// gradshaf: Picard steps of the Grad-Shafranov equation, each one weighted Jacobi step, in double precision.
#include <ridgeline/reference.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

// A hump somewhere inside, roughened so that no symmetry and no smoothness helps; some of it is negative, where there is no current.
// Edges differ from zero, and some are higher than anything inside, where the axis must not be looked for.
void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  const std::int64_t nr = c.integer("nr"), nz = c.integer("nz");
  const auto psi = c.f32("psi");
  const double at_r = rng.uniform(0.3, 0.7), at_z = rng.uniform(0.3, 0.7), wide = rng.uniform(4.0, 12.0), high = rng.uniform(4.0, 12.0);
  const ridge::ref::Rng base(rng.bits64());
#pragma omp parallel for schedule(static)
  for (std::int64_t j = 0; j < nz; ++j) {   // a stream for every row: the bytes do not depend on the number of threads
    ridge::ref::Rng own = base.stream(std::uint64_t(j));
    for (std::int64_t i = 0; i < nr; ++i) {
      const double x = double(i) / double(nr - 1) - at_r, y = double(j) / double(nz - 1) - at_z;
      const bool edge = i == 0 || j == 0 || i == nr - 1 || j == nz - 1;
      psi[std::size_t(j * nr + i)] =
          float(edge ? own.uniform(-0.4, 1.6) : std::exp(-wide * x * x - high * y * y) + own.uniform(-0.2, 0.2));
    }
  }
}

void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const std::int64_t nr = c.integer("nr"), nz = c.integer("nz"), steps = c.integer("steps");
  const double rmin = c.real("rmin"), dr = c.real("dr"), dz = c.real("dz");
  const double p_axis = c.real("p_axis"), mu0 = c.real("mu0"), omega = c.real("omega");
  const auto first = c.f32("psi");
  std::vector<double> now(first.begin(), first.end()), next(now);   // edges are the same in both, for good
  const double a_n = 1 / (dz * dz), a_c = -2 / (dr * dr) - 2 / (dz * dz);
  for (std::int64_t t = 0; t < steps; ++t) {
    double axis = now[std::size_t(nr + 1)];
#pragma omp parallel for reduction(max : axis) schedule(static)
    for (std::int64_t j = 1; j < nz - 1; ++j)
      for (std::int64_t i = 1; i < nr - 1; ++i) axis = std::max(axis, now[std::size_t(j * nr + i)]);
#pragma omp parallel for schedule(static)
    for (std::int64_t j = 1; j < nz - 1; ++j) {
      const double* psi = now.data() + j * nr;
      double* to = next.data() + j * nr;
      for (std::int64_t i = 1; i < nr - 1; ++i) {
        const double r = rmin + double(i) * dr, n = psi[i] / axis;
        const double current = n > 0 && n < 1 ? 4 * r * p_axis * n * (1 - n) : 0;
        const double a_w = 1 / (dr * dr) + 1 / (2 * r * dr), a_e = 1 / (dr * dr) - 1 / (2 * r * dr);
        const double operated = a_w * psi[i - 1] + a_e * psi[i + 1] + a_n * (psi[i - nr] + psi[i + nr]) + a_c * psi[i];
        to[i] = psi[i] + omega * (-mu0 * r * current - operated) / a_c;
      }
    }
    std::swap(now, next);
  }
  const auto result = out.real("psi");
  for (std::size_t i = 0; i < now.size(); ++i) result[i] = now[i];
}

RIDGELINE_REFERENCE(inputs, oracle)
