// Local search with restarts: a first sample of the space, then steps from the best known point whose surroundings are
// not all known, with a share of random points against local optima.
#pragma once

#include <set>

#include "policy/internal/leftover.h"
#include "policy/policy.h"

namespace ridge {

class OnePlusOne : public Policy {
 public:
  static std::span<const Setting> settings();
  explicit OnePlusOne(const Settings& settings);
  std::vector<Decision> plan(const ArchiveView& view, std::size_t slots, Rng& rng) override;
  void observe(const Event& event) override;
  void note_empty(const Decision& decision) override;
  bool exhausted() const override { return exhausted_; }

 private:
  std::optional<Decision> step(const ArchiveView& view) const;

  double explore_;
  std::size_t initial_, top_;
  std::size_t started_ = 0;    // tuned candidates so far
  std::set<CandidateId> dry_;  // all neighbours known
  Leftover leftover_;
  bool exhausted_ = false;
};

}  // namespace ridge
