#include <ridgeline/reference.h>

// Small multiples of powers of two: every sum is exact in f32 too, so that signs near zero are nobody's opinion.
void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  for (float& v : c.f32("x")) v = float(rng.integer(-64, 64)) / 64.0f;
  for (float& v : c.f32("matrix")) v = float(rng.integer(-64, 64)) / 64.0f;
  for (float& v : c.f32("bias")) v = float(rng.integer(-128, 128)) / 32.0f;
}

void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const std::size_t rows = std::size_t(c.integer("rows")), width = std::size_t(c.integer("width")),
                    depth = std::size_t(c.integer("depth"));
  const auto x = c.f32("x"), weight = c.f32("matrix"), bias = c.f32("bias");
  auto h = out.real("h");
  auto positive = out.integer("positive");
  for (std::size_t i = 0; i < rows; ++i) {
    positive[i] = 0;
    for (std::size_t j = 0; j < width; ++j) {
      double s = double(bias[j]);
      for (std::size_t k = 0; k < depth; ++k) s += double(x[i * depth + k]) * double(weight[j * depth + k]);
      if (c.integer("rectify") && s < 0) s = 0;
      h[i * width + j] = s;
      positive[i] += s > 0 ? 1 : 0;
    }
  }
}

RIDGELINE_REFERENCE(inputs, oracle)
