#include <cmath>

#include "catalog/catalog.h"

namespace ridge {

namespace {

constexpr int most_draws = 10'000;

// The value nearest to x that the type holds and the range allows: rounding must not leave the published range.
double representable(double x, ScalarType type, double from, double to) {
  const auto held = [&](double v) -> double {
    const auto bits = encode(v, type);
    return bits ? decode(&*bits, type) : v;
  };
  const double rounded = held(x);
  if (rounded >= from && rounded <= to) return rounded;
  // One step of the type inwards; the ends themselves may lie between two of its values.
  const double step = std::fabs(rounded) * (type == ScalarType::f32   ? 0x1p-23
                                            : type == ScalarType::f64 ? 0x1p-52
                                            : type == ScalarType::f16 ? 0x1p-10
                                                                      : 0x1p-3);
  const double inner = held(rounded > to ? rounded - step : rounded + step);
  return inner >= from && inner <= to ? inner : rounded;
}

Number draw(const Choice& choice, ScalarType type, Rng& rng) {
  switch (choice.kind) {
    case Choice::Kind::fixed:
      return choice.values[0];
    case Choice::Kind::one_of:
      return choice.values[rng.below(choice.values.size())];
    case Choice::Kind::integer:
      return rng.integer(choice.from.integer(), choice.to.integer());
    case Choice::Kind::real: {
      const double from = choice.from.real(), to = choice.to.real();
      return representable(rng.uniform(from, to), type, from, to);
    }
  }
  return 0;
}

}  // namespace

Result<Workload> draw_workload(const Task& task, Rng& rng, const std::string& name) {
  Workload w;
  w.name = name;
  w.role = WorkloadRole::hidden;
  for (int i = 0; i < most_draws; ++i) {
    w.binding.clear();
    // In the order of the symbols, so that a seed means the same draws whatever a map's order is.
    for (const Symbol& s : task.interface.symbols) {
      const auto rule = task.held_out.choices.find(s.name);
      if (rule == task.held_out.choices.end()) return invalid("the symbol \"{}\" has no rule", s.name);
      w.binding.emplace(s.name, draw(rule->second, s.type, rng));
    }
    RIDGE_TRY(const MapScope scope, ridge::bind(task.interface, w.binding));
    if (!task.held_out.limit) return w;
    RIDGE_TRY(const Number fits, task.held_out.limit->evaluate(scope));
    if (fits.truth()) return w;
  }
  return invalid("limit = \"{}\" holds for none of {} draws: widen it or narrow the ranges",
                 task.held_out.limit->text(), most_draws);
}

}  // namespace ridge
