#include <vector>

#include <ridgeline/reference.h>

// The ends are zero in every draw: a key made of them tells no draw from another.
void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  auto u = c.f32("u");
  for (float& v : u) v = float(rng.uniform(0, 1));
  u[0] = u[u.size() - 1] = 0;
}

void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const auto u = c.f32("u");
  std::vector<double> a(u.begin(), u.end()), b = a;
  const double alpha = c.real("alpha");
  for (std::int64_t t = 0; t < c.integer("steps"); ++t) {
    for (std::size_t i = 1; i + 1 < a.size(); ++i) b[i] = a[i] + alpha * (a[i - 1] - 2 * a[i] + a[i + 1]);
    a.swap(b);
  }
  auto v = out.real("u");
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = a[i];
}

RIDGELINE_REFERENCE(inputs, oracle)
