#include <ridgeline/reference.h>

void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  for (float& v : c.f32("x")) v = float(c.real("offset") + rng.uniform(0.5, 1.5));
}

void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const std::size_t rows = std::size_t(c.integer("rows")), n = std::size_t(c.integer("n"));
  const auto x = c.f32("x");
  auto sum = out.real("sum"), variance = out.real("variance");
  for (std::size_t r = 0; r < rows; ++r) {
    double s = 0, v = 0;
    for (std::size_t i = 0; i < n; ++i) s += double(x[r * n + i]);
    for (std::size_t i = 0; i < n; ++i)
      v += (double(x[r * n + i]) - s / double(n)) * (double(x[r * n + i]) - s / double(n));
    sum[r] = s;
    variance[r] = v / double(n);
  }
}

RIDGELINE_REFERENCE(inputs, oracle)
