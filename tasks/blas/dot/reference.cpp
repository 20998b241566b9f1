// dot: sum of x[i] * y[i]. A product of two floats is exact in double precision; the sum is compensated.
#include <ridgeline/reference.h>

void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  ridge::ref::Rng for_x = rng.stream(0), for_y = rng.stream(1);
  for (float& v : c.f32("x")) v = float(for_x.uniform(-1.0, 1.0));
  for (float& v : c.f32("y")) v = float(for_y.uniform(-1.0, 1.0));
}

void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const std::int64_t n = c.integer("n");
  const auto x = c.f32("x");
  const auto y = c.f32("y");
  double sum = 0, lost = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const double term = double(x[i]) * double(y[i]) - lost;
    const double next = sum + term;
    lost = (next - sum) - term;
    sum = next;
  }
  out.real("out")[0] = sum;
}

RIDGELINE_REFERENCE(inputs, oracle)
