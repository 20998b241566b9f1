// dot: sum of x[i] * y[i]. A product of two floats is exact in double precision; the sum is compensated.
#include <algorithm>

#include <ridgeline/reference.h>

// A stream for every chunk, so that the bytes do not depend on the number of threads.
void fill(std::span<float> v, const ridge::ref::Rng& rng) {
  constexpr std::size_t chunk = 65536;
#pragma omp parallel for schedule(dynamic)
  for (std::size_t at = 0; at < v.size(); at += chunk) {
    ridge::ref::Rng own = rng.stream(at / chunk);
    for (float& f : v.subspan(at, std::min(chunk, v.size() - at))) f = float(own.uniform(-1.0, 1.0));
  }
}

void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  fill(c.f32("x"), ridge::ref::Rng(rng.bits64()));
  fill(c.f32("y"), ridge::ref::Rng(rng.bits64()));
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
