// Uniform over what is left: what every other optimiser has to beat.
#pragma once

#include "optimise/optimiser.h"

namespace ridge {

class RandomOptimiser : public Optimiser {
 public:
  static std::span<const Setting> settings() { return {}; }
  using Optimiser::Optimiser;

 protected:
  std::optional<Point> propose(Rng&) override { return std::nullopt; }
};

}  // namespace ridge
