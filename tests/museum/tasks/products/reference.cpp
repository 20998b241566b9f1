#include <ridgeline/reference.h>

// A weak set of draws, on purpose; every eighth product is denormal.
void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  auto x = c.f32("x"), y = c.f32("y");
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = float(rng.uniform(0.5, 2)) * (i % 8 == 7 ? 1e-20f : 1.0f);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = x[i];
}

void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const auto x = c.f32("x"), y = c.f32("y");
  auto z = out.real("z");
  for (std::size_t i = 0; i < z.size(); ++i) z[i] = double(x[i]) * double(y[i]);
}

RIDGELINE_REFERENCE(inputs, oracle)
