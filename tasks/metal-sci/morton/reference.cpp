// morton: explicit seven-point steps with fixed faces on a grid in Morton order, in double precision. The steps themselves are
// taken in row-major order; the way there and back is a table of spread bits.
#include <ridgeline/reference.h>

#include <utility>
#include <vector>

using std::int64_t;

// Bits of i at 0, 3, 6, …: the part of a Morton index that one coordinate makes.
std::vector<std::uint32_t> spread_table(int64_t n) {
  std::vector<std::uint32_t> table(std::size_t(n), 0);
  for (int64_t i = 0; i < n; ++i)
    for (int b = 0; b < 10; ++b) table[std::size_t(i)] |= std::uint32_t(i >> b & 1) << 3 * b;
  return table;
}

// A wave that differs along the three axes, and noise on top: faces too, since zero faces would hide mistakes. Noise alone would
// settle so fast that after many steps one more would not show.
void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  const int64_t n = c.integer("n");
  const auto spread = spread_table(n);
  float* u = c.f32("u").data();
  std::vector<double> wave[3];
  for (auto& w : wave) {
    const double turns = rng.uniform(3.0, 9.0), phase = rng.uniform(0.0, 6.283185307179586);
    for (int64_t i = 0; i < n; ++i) w.push_back(std::sin(phase + turns * double(i) / double(n)));
  }
  const ridge::ref::Rng noise(rng.bits64());
#pragma omp parallel for schedule(dynamic)
  for (int64_t k = 0; k < n; ++k) {
    ridge::ref::Rng own = noise.stream(std::uint64_t(k));
    for (int64_t j = 0; j < n; ++j) {
      const double along = 0.25 * wave[1][std::size_t(j)] * wave[2][std::size_t(k)];
      for (int64_t i = 0; i < n; ++i)
        u[spread[std::size_t(i)] | spread[std::size_t(j)] << 1 | spread[std::size_t(k)] << 2] =
            float(0.25 + along * wave[0][std::size_t(i)] + 0.5 * double(own.bits32()) * 0x1p-32);
    }
  }
}

void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const int64_t n = c.integer("n"), steps = c.integer("steps"), plane = n * n;
  const double alpha = c.real("alpha");
  const float* first = c.f32("u").data();
  double* result = out.real("u").data();
  const auto spread = spread_table(n);
  std::vector<double> now(std::size_t(n * plane)), next(std::size_t(n * plane));
#pragma omp parallel for
  for (int64_t k = 0; k < n; ++k)
    for (int64_t j = 0; j < n; ++j)
      for (int64_t i = 0; i < n; ++i)
        next[std::size_t(k * plane + j * n + i)] = now[std::size_t(k * plane + j * n + i)] =
            first[spread[std::size_t(i)] | spread[std::size_t(j)] << 1 | spread[std::size_t(k)] << 2];
  for (int64_t t = 0; t < steps; ++t) {
#pragma omp parallel for
    for (int64_t k = 1; k < n - 1; ++k) {
      for (int64_t j = 1; j < n - 1; ++j) {
        const double* from = now.data() + k * plane + j * n;
        double* to = next.data() + k * plane + j * n;
        for (int64_t i = 1; i < n - 1; ++i)
          to[i] = from[i] + alpha * (from[i - 1] + from[i + 1] + from[i - n] + from[i + n] + from[i - plane] + from[i + plane] -
                                     6.0 * from[i]);
      }
    }
    std::swap(now, next);
  }
#pragma omp parallel for
  for (int64_t k = 0; k < n; ++k)
    for (int64_t j = 0; j < n; ++j)
      for (int64_t i = 0; i < n; ++i)
        result[spread[std::size_t(i)] | spread[std::size_t(j)] << 1 | spread[std::size_t(k)] << 2] =
            now[std::size_t(k * plane + j * n + i)];
}

RIDGELINE_REFERENCE(inputs, oracle)
