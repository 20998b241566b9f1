// Differential evolution (Storn and Price 1997), best/1/bin, over the ranks of values: to the best is added a multiple
// of the difference of two others; each member of the population is replaced by its child when that costs less.
#pragma once

#include "optimise/optimiser.h"

namespace ridge {

class Differential : public Optimiser {
 public:
  static std::span<const Setting> settings();
  explicit Differential(const OptimiserSpec& spec);

 protected:
  std::optional<Point> propose(Rng& rng) override;
  void learn(const Sample& sample) override;

 private:
  std::vector<Sample> population_;
  std::size_t children_ = 0;                       // told since the population was complete
  std::vector<std::vector<std::uint32_t>> ranks_;  // [tunable][value]: its place in ascending order
};

}  // namespace ridge
