// Uniform random points without repetition: what every other policy has to beat.
#pragma once

#include "policy/internal/leftover.h"
#include "policy/policy.h"

namespace ridge {

class RandomPolicy : public Policy {
 public:
  explicit RandomPolicy(const Settings&) {}
  std::vector<Decision> plan(const ArchiveView& view, std::size_t slots, Rng& rng) override;
  void note_empty(const Decision& decision) override { leftover_.note_empty(decision); }
  bool exhausted() const override { return leftover_.exhausted(); }

 private:
  Leftover leftover_;
};

}  // namespace ridge
