// heat2d: explicit five-point steps with fixed edges, in double precision.
#include <ridgeline/reference.h>

#include <utility>
#include <vector>

void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  for (float& v : c.f32("u")) v = float(rng.uniform(0.0, 1.0));  // the edges too: zero edges would hide mistakes
}

void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const std::int64_t nx = c.integer("nx"), ny = c.integer("ny"), steps = c.integer("steps");
  const double alpha = c.real("alpha");
  const auto first = c.f32("u");
  const auto result = out.real("u");
  std::vector<double> now(first.begin(), first.end()), next(now);  // edges are the same in both, for good
  for (std::int64_t t = 0; t < steps; ++t) {
#pragma omp parallel for
    for (std::int64_t j = 1; j < ny - 1; ++j) {
      const double* up = now.data() + (j - 1) * nx;
      const double* mid = up + nx;
      const double* down = mid + nx;
      double* to = next.data() + j * nx;
      for (std::int64_t i = 1; i < nx - 1; ++i)
        to[i] = mid[i] + alpha * (mid[i - 1] + mid[i + 1] + up[i] + down[i] - 4.0 * mid[i]);
    }
    std::swap(now, next);
  }
  for (std::size_t i = 0; i < now.size(); ++i) result[i] = now[i];
}

RIDGELINE_REFERENCE(inputs, oracle)
