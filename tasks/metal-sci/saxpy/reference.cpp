// saxpy: y <- a*x + y, in double precision.
#include <algorithm>

#include <ridgeline/reference.h>

// A stream for every chunk, so that the bytes do not depend on the number of threads.
void fill(std::span<float> v, const ridge::ref::Rng& rng) {
  constexpr std::size_t chunk = 65536;
#pragma omp parallel for schedule(dynamic)
  for (std::size_t at = 0; at < v.size(); at += chunk) {
    ridge::ref::Rng own = rng.stream(at / chunk);
    for (float& f : v.subspan(at, std::min(chunk, v.size() - at))) f = float(own.normal());
  }
}

void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  fill(c.f32("x"), ridge::ref::Rng(rng.bits64()));
  fill(c.f32("y"), ridge::ref::Rng(rng.bits64()));
}

void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const std::int64_t n = c.integer("n");
  const double a = c.real("a");
  const float* x = c.f32("x").data();
  const float* y = c.f32("y").data();
  double* result = out.real("y").data();
#pragma omp parallel for
  for (std::int64_t i = 0; i < n; ++i) result[i] = a * double(x[i]) + double(y[i]);
}

RIDGELINE_REFERENCE(inputs, oracle)
