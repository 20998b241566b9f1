// Rounds: n drafts around the best; when all of them are judged, the best so far leads the next round.
#pragma once

#include <optional>
#include <set>

#include "policy/internal/leftover.h"
#include "policy/policy.h"

namespace ridge {

class BestOfN : public Policy {
 public:
  static std::span<const Setting> settings();
  explicit BestOfN(const Settings& settings);
  std::vector<Decision> plan(const ArchiveView& view, std::size_t slots, Rng& rng) override;
  void observe(const Event& event) override;
  void note_empty(const Decision& decision) override;
  bool exhausted() const override;

 private:
  bool parent_dry() const { return !parent_ || dry_.contains(*parent_); }

  std::size_t n_;
  std::size_t asked_ = 0;              // in this round
  std::optional<CandidateId> parent_;  // of this round
  std::set<CandidateId> pending_;      // added and not judged yet
  std::set<CandidateId> dry_;          // parents around which nothing new was found
  Leftover leftover_;
};

}  // namespace ridge
