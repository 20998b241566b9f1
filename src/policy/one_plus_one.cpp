#include "policy/one_plus_one.h"

namespace ridge {
namespace {

constexpr Setting kOnePlusOneSettings[] = {
    {"initial", "random points before the first step", 12, 0, 100'000, true},
    {"explore", "share of random points afterwards", 0.3, 0, 1},
    {"top", "how far down the ranking to step from when all neighbours of better ones are known", 8, 1, 10'000, true},
};

// Equal choices of one plan become one decision, so that the operator can keep them apart.
void add(std::vector<Decision>& out, Decision decision) {
  for (Decision& d : out) {
    if (d.mode == decision.mode && d.parents == decision.parents) {
      ++d.wanted;
      return;
    }
  }
  out.push_back(std::move(decision));
}

}  // namespace

std::span<const Setting> OnePlusOne::settings() {
  return kOnePlusOneSettings;
}

OnePlusOne::OnePlusOne(const Settings& settings)
    : explore_(settings.at("explore")),
      initial_(std::size_t(settings.at("initial"))),
      top_(std::size_t(settings.at("top"))) {}

std::optional<Decision> OnePlusOne::step(const ArchiveView& view) const {
  std::size_t rank = 0;
  for (const Record* record : view.top(top_)) {
    ++rank;
    if (dry_.contains(record->candidate.id)) continue;
    return Decision{"tune",
                    "neighbours",
                    {record->candidate.id},
                    1,
                    rank == 1 ? "step from the best" : fmt::format("step from number {}", rank)};
  }
  return std::nullopt;
}

std::vector<Decision> OnePlusOne::plan(const ArchiveView& view, std::size_t slots, Rng& rng) {
  std::vector<Decision> out;
  for (std::size_t i = 0; i < slots; ++i) {
    const bool exploring = started_ + i < initial_ || rng.coin(explore_);
    auto decision = exploring ? leftover_.next(1) : step(view);
    if (!decision) decision = exploring ? step(view) : leftover_.next(1);
    if (!decision) break;
    add(out, *std::move(decision));
  }
  exhausted_ = slots > 0 && out.empty();
  return out;
}

void OnePlusOne::observe(const Event& event) {
  const auto* added = std::get_if<CandidateAdded>(&event.body);
  if (added && added->candidate.op == "tune") ++started_;
}

void OnePlusOne::note_empty(const Decision& decision) {
  leftover_.note_empty(decision);
  for (const CandidateId& parent : decision.parents) dry_.insert(parent);
}

}  // namespace ridge
