#include <algorithm>

#include <ridgeline/reference.h>

void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  for (float& v : c.f32("x")) v = float(rng.uniform(-1, 1));
  auto index = c.i32("index");
  const auto last = std::int64_t(index.size()) - 1;
  for (std::int32_t& k : index) k = std::int32_t(rng.integer(0, last));
  std::sort(index.begin(), index.end());
  for (std::int64_t s = 0; s < c.integer("disorder"); ++s)
    std::swap(index[std::size_t(rng.integer(0, last))], index[std::size_t(rng.integer(0, last))]);
}

void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const auto x = c.f32("x");
  const auto index = c.i32("index");
  auto z = out.real("z");
  for (std::size_t i = 0; i < z.size(); ++i) z[i] = double(x[std::size_t(index[i])]);
}

RIDGELINE_REFERENCE(inputs, oracle)
