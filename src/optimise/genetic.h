// A steady-state genetic algorithm (Holland 1975): the best points so far are the population; two of them, chosen by
// tournament, are mixed tunable by tunable, and now and then a tunable is drawn anew.
#pragma once

#include "optimise/optimiser.h"

namespace ridge {

class Genetic : public Optimiser {
 public:
  static std::span<const Setting> settings();
  using Optimiser::Optimiser;

 protected:
  std::optional<Point> propose(Rng& rng) override;
  void learn(const Sample& sample) override;

 private:
  const Sample& parent(Rng& rng) const;
  std::vector<Sample> population_;  // best first
};

}  // namespace ridge
