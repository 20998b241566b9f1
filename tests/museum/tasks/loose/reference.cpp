#include <ridgeline/reference.h>

void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  for (float& v : c.f32("x")) v = float(rng.uniform(-1, 1));
  for (float& v : c.f32("y")) v = float(rng.uniform(-1, 1));
}

void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const auto x = c.f32("x"), y = c.f32("y");
  auto z = out.real("z");
  for (std::size_t i = 0; i < z.size(); ++i) z[i] = 2.5 * double(x[i]) + double(y[i]);
}

RIDGELINE_REFERENCE(inputs, oracle)
