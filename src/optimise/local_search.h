// First-improvement local search with restarts: steps to neighbours in random order, moves to the first that costs
// less, and begins anew at a random point when all neighbours are known. Each restart is a walk of its own, so that a
// bad optimum does not hold it.
#pragma once

#include "optimise/optimiser.h"

namespace ridge {

class LocalSearch : public Optimiser {
 public:
  static std::span<const Setting> settings();
  using Optimiser::Optimiser;

 protected:
  std::optional<Point> propose(Rng& rng) override;
  void learn(const Sample& sample) override;

 private:
  std::optional<Sample> here_;  // none: a walk is about to begin
};

}  // namespace ridge
