#include "policy/tuning.h"

namespace ridge {

std::vector<Decision> Tuning::plan(const ArchiveView&, std::size_t slots, Rng&) {
  if (slots == 0 || exhausted_) return {};
  return {Decision{"tune", optimiser_, {}, slots, "asked for by " + optimiser_, settings_}};
}

}  // namespace ridge
