#include <ridgeline/reference.h>

void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  for (double& v : c.f64("x")) v = rng.uniform(-1, 1);
  for (double& v : c.f64("y")) v = rng.uniform(-1, 1);
}

void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const std::size_t rows = std::size_t(c.integer("rows")), n = std::size_t(c.integer("n"));
  const auto x = c.f64("x"), y = c.f64("y");
  auto z = out.real("z");
  for (std::size_t r = 0; r < rows; ++r) {
    long double s = 0;
    for (std::size_t i = 0; i < n; ++i) s += (long double)(x[r * n + i]) * (long double)(y[i]);
    z[r] = double(s);
  }
}

RIDGELINE_REFERENCE(inputs, oracle)
