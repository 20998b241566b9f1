#include <ridgeline/reference.h>

void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  for (float& v : c.f32("x")) v = float(rng.uniform(-2, 2));
}

void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const auto x = c.f32("x");
  auto f = out.real("f");
  const double soft = c.real("soft");
  for (std::size_t i = 0; i < f.size(); ++i) {
    f[i] = 0;
    for (std::size_t j = 0; j < f.size(); ++j) {
      const double d = double(x[j]) - double(x[i]);
      f[i] += d / (d * d + soft);
    }
  }
}

RIDGELINE_REFERENCE(inputs, oracle)
