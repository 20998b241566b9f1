// Leaves the choice of points to an optimiser: operator `tune` in the mode of that name. Each row of the optimiser
// table is a policy by this one class.
#pragma once

#include "policy/policy.h"

namespace ridge {

class Tuning : public Policy {
 public:
  Tuning(std::string_view optimiser, const Settings& settings) : optimiser_(optimiser), settings_(settings) {}
  std::vector<Decision> plan(const ArchiveView& view, std::size_t slots, Rng& rng) override;
  void note_empty(const Decision&) override { exhausted_ = true; }
  bool exhausted() const override { return exhausted_; }

 private:
  std::string optimiser_;
  Settings settings_;
  bool exhausted_ = false;
};

}  // namespace ridge
