#include <ridgeline/reference.h>

void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  for (float& v : c.f32("x")) v = float(rng.uniform(-1, 1));
}

void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const auto x = c.f32("x");
  auto z = out.real("z");
  for (std::size_t i = 0; i < z.size(); ++i) z[i] = double(x[i]);
}

RIDGELINE_REFERENCE(inputs, oracle)
