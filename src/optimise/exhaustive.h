// Every point in lexicographic order: the last tunable changes fastest.
#pragma once

#include "optimise/optimiser.h"

namespace ridge {

class ExhaustiveOptimiser : public Optimiser {
 public:
  static std::span<const Setting> settings() { return {}; }
  using Optimiser::Optimiser;

 protected:
  std::optional<Point> propose(Rng& rng) override;

 private:
  std::optional<Point> cursor_;
};

}  // namespace ridge
