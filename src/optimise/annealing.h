// Simulated annealing (Kirkpatrick, Gelatt and Vecchi 1983) over log cost: a step to something worse is taken with
// probability exp(-log ratio / temperature); the temperature falls geometrically and is raised again when the walk has
// nowhere fresh to go.
#pragma once

#include "optimise/optimiser.h"

namespace ridge {

class Annealing : public Optimiser {
 public:
  static std::span<const Setting> settings();
  using Optimiser::Optimiser;

 protected:
  std::optional<Point> propose(Rng& rng) override;
  void learn(const Sample& sample) override;

 private:
  std::optional<Sample> here_;
  double temperature_ = 0;
};

}  // namespace ridge
