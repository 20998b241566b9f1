#include "policy/best_of_n.h"

namespace ridge {
namespace {

constexpr Setting kBestOfNSettings[] = {
    {"n", "drafts in a round", 8, 1, 10'000, true},
};

}  // namespace

std::span<const Setting> BestOfN::settings() {
  return kBestOfNSettings;
}

BestOfN::BestOfN(const Settings& settings) : n_(std::size_t(settings.at("n"))) {}

std::vector<Decision> BestOfN::plan(const ArchiveView& view, std::size_t slots, Rng&) {
  if (slots == 0) return {};
  if (asked_ >= n_) {
    if (!pending_.empty()) return {};
    asked_ = 0;
  }
  if (asked_ == 0) {
    const Record* best = view.best();
    parent_ = best ? std::optional(best->candidate.id) : std::nullopt;
  }
  const std::size_t wanted = std::min(slots, n_ - asked_);
  if (!parent_dry()) {
    asked_ += wanted;
    return {Decision{"tune", "around", {*parent_}, wanted, "around the best"}};
  }
  auto decision = leftover_.next(wanted);
  if (!decision) {
    asked_ = n_;  // this round has nothing more to give
    return {};
  }
  asked_ += wanted;
  return {*std::move(decision)};
}

void BestOfN::observe(const Event& event) {
  if (const auto* added = std::get_if<CandidateAdded>(&event.body)) pending_.insert(added->candidate.id);
  if (const auto* evaluation = std::get_if<Evaluation>(&event.body)) pending_.erase(evaluation->candidate);
  if (const auto* considered = std::get_if<Considered>(&event.body)) pending_.erase(considered->candidate);
  if (std::holds_alternative<RunResumed>(event.body)) pending_.clear();  // what was in flight is lost
}

void BestOfN::note_empty(const Decision& decision) {
  leftover_.note_empty(decision);
  for (const CandidateId& parent : decision.parents) dry_.insert(parent);
}

bool BestOfN::exhausted() const {
  return leftover_.exhausted() && parent_dry() && pending_.empty();
}

}  // namespace ridge
