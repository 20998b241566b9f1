#include "policy/internal/leftover.h"

namespace ridge {

std::optional<Decision> Leftover::next(std::size_t wanted) const {
  if (all_known_) return std::nullopt;
  if (random_dry_) return Decision{"tune", "enumerate", {}, wanted, "what is left"};
  return Decision{"tune", "random", {}, wanted, "random point"};
}

void Leftover::note_empty(const Decision& decision) {
  if (!decision.parents.empty()) return;
  if (decision.mode == "random") random_dry_ = true;
  if (decision.mode == "enumerate") all_known_ = true;
}

}  // namespace ridge
