// saxpy: y <- a*x + y, in double precision.
#include <ridgeline/reference.h>

void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  ridge::ref::Rng for_x = rng.stream(0), for_y = rng.stream(1);
  for (float& v : c.f32("x")) v = float(for_x.normal());
  for (float& v : c.f32("y")) v = float(for_y.normal());
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
