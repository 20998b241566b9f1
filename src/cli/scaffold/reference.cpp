// @NAME@: inputs and the right answer. Trusted code: it runs in a process of its own and never sees a candidate.
// Write it as plainly as you can. It need not be fast, it has to be right.
#include <algorithm>

#include <ridgeline/reference.h>

// Fills every input of one draw. Use only `rng`, so that a draw can be made again from its seed. Values should look
// like those of real use, and include what is easy to get wrong: signs, zeros, edges.
void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  for (float& v : c.f32("x")) v = float(rng.normal());
}

// The answer in double precision, for the values that the kernel gets. `out.real` is one double for each element.
void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const auto x = c.f32("x");
  const double a = c.real("a"), bias = c.real("bias");
  auto y = out.real("y");
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = std::max(0.0, a * double(x[i]) + bias);
}

RIDGELINE_REFERENCE(inputs, oracle)
