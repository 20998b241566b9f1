// wave3d: leapfrog steps with fixed faces, in double precision.
#include <ridgeline/reference.h>

#include <utility>
#include <vector>

// Noise excites every wavelength and every direction. The field starts in motion, and the faces of both levels differ from
// zero and from each other.
void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  const std::int64_t nz = c.integer("nz"), plane = c.integer("nx") * c.integer("ny");
  const auto u = c.f32("u"), prev = c.f32("prev");
  const ridge::ref::Rng base(rng.bits64());
#pragma omp parallel for schedule(static)
  for (std::int64_t k = 0; k < nz; ++k) {   // a stream for every plane: the bytes do not depend on the number of threads
    ridge::ref::Rng own = base.stream(std::uint64_t(k));
    for (std::int64_t at = k * plane; at < (k + 1) * plane; ++at) {
      const std::uint64_t bits = own.bits64();
      const double level = double(bits >> 32) * 0x1p-31 - 1, motion = double(bits & 0xFFFFFFFF) * 0x1p-31 - 1;
      u[std::size_t(at)] = float(level);
      prev[std::size_t(at)] = float(level + 0.25 * motion);
    }
  }
}

void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const std::int64_t nx = c.integer("nx"), ny = c.integer("ny"), nz = c.integer("nz"), steps = c.integer("steps");
  const std::int64_t plane = nx * ny, cells = plane * nz;
  const double alpha = c.real("alpha");
  // A step needs the level before last in the cell itself only, so the new level takes its place.
  double* before = out.real("prev").data();
  double* now = out.real("u").data();
  const float* first_before = c.f32("prev").data();
  const float* first_now = c.f32("u").data();
#pragma omp parallel for schedule(static)
  for (std::int64_t k = 0; k < nz; ++k)
    for (std::int64_t at = k * plane; at < (k + 1) * plane; ++at) before[at] = first_before[at], now[at] = first_now[at];
  for (std::int64_t t = 0; t < steps; ++t) {
#pragma omp parallel for schedule(static)
    for (std::int64_t k = 0; k < nz; ++k)
      for (std::int64_t j = 0; j < ny; ++j) {
        const std::int64_t row = k * plane + j * nx;
        double* to = before + row;
        const double* u = now + row;
        if (k == 0 || j == 0 || k == nz - 1 || j == ny - 1) {
          for (std::int64_t i = 0; i < nx; ++i) to[i] = u[i];
          continue;
        }
        const double *south = u - nx, *north = u + nx, *below = u - plane, *above = u + plane;
        to[0] = u[0];
        for (std::int64_t i = 1; i < nx - 1; ++i) {
          const double sum = u[i - 1] + u[i + 1] + south[i] + north[i] + below[i] + above[i];
          to[i] = 2 * u[i] - to[i] + alpha * (sum - 6 * u[i]);
        }
        to[nx - 1] = u[nx - 1];
      }
    std::swap(before, now);
  }
  if (steps % 2 == 1)   // the newest level stands in the other output's place
#pragma omp parallel for schedule(static)
    for (std::int64_t at = 0; at < cells; ++at) std::swap(before[at], now[at]);
}

RIDGELINE_REFERENCE(inputs, oracle)
