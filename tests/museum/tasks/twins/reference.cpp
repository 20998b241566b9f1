#include <ridgeline/reference.h>

// A weak set of draws, on purpose.
void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  auto x = c.f32("x"), y = c.f32("y");
  for (float& v : x) v = float(rng.uniform(-1, 1));
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = 2 * x[i];
}

void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const auto x = c.f32("x"), y = c.f32("y");
  auto z = out.real("z");
  for (std::size_t i = 0; i < z.size(); ++i) z[i] = c.real("a") * double(x[i]) + double(y[i]);
}

RIDGELINE_REFERENCE(inputs, oracle)
