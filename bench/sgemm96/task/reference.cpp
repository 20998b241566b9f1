// C = A * B in double precision.
#include <algorithm>

#include <ridgeline/reference.h>

void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  ridge::ref::Rng for_a = rng.stream(0), for_b = rng.stream(1);
  for (float& v : c.f32("a")) v = float(for_a.uniform(-1.0, 1.0));
  for (float& v : c.f32("b")) v = float(for_b.uniform(-1.0, 1.0));
}

void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const std::int64_t n = c.integer("n");
  const float* a = c.f32("a").data();
  const float* b = c.f32("b").data();
  double* result = out.real("c").data();
  std::fill(result, result + n * n, 0.0);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t k = 0; k < n; ++k) {
      const double left = a[i * n + k];
      for (std::int64_t j = 0; j < n; ++j) result[i * n + j] += left * double(b[k * n + j]);
    }
}

RIDGELINE_REFERENCE(inputs, oracle)
