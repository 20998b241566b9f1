// sgemm: C = A * B, row-major, in double precision, blocked so that a strip of B stays in cache.
#include <ridgeline/reference.h>

#include <algorithm>

void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  ridge::ref::Rng for_a = rng.stream(0), for_b = rng.stream(1);
  for (float& v : c.f32("a")) v = float(for_a.uniform(-1.0, 1.0));
  for (float& v : c.f32("b")) v = float(for_b.uniform(-1.0, 1.0));
}

void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const std::int64_t m = c.integer("m"), n = c.integer("n"), k = c.integer("k");
  const float* a = c.f32("a").data();
  const float* b = c.f32("b").data();
  double* result = out.real("c").data();
#pragma omp parallel for schedule(static)
  for (std::int64_t i0 = 0; i0 < m; i0 += 8) {
    const std::int64_t i1 = std::min(m, i0 + 8);
    std::fill(result + i0 * n, result + i1 * n, 0.0);
    for (std::int64_t p = 0; p < k; ++p)
      for (std::int64_t i = i0; i < i1; ++i) {
        const double scale = a[i * k + p];
        for (std::int64_t j = 0; j < n; ++j) result[i * n + j] += scale * double(b[p * n + j]);
      }
  }
}

RIDGELINE_REFERENCE(inputs, oracle)
