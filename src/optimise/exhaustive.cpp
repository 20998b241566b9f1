#include "optimise/exhaustive.h"

namespace ridge {

std::optional<Point> ExhaustiveOptimiser::propose(Rng&) {
  while (auto p = space().next(cursor_)) {
    cursor_ = p;
    if (is_fresh(*p)) return p;
  }
  return std::nullopt;
}

}  // namespace ridge
