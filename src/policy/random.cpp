#include "policy/random.h"

namespace ridge {

std::vector<Decision> RandomPolicy::plan(const ArchiveView&, std::size_t slots, Rng&) {
  std::vector<Decision> out;
  if (slots == 0) return out;
  if (auto decision = leftover_.next(slots)) out.push_back(*std::move(decision));
  return out;
}

}  // namespace ridge
