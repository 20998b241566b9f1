#include <algorithm>

#include "session/internal/state.h"

namespace ridge {
namespace {

Result<void> submit(Session::State& s, Candidate candidate, bool known = false) {
  if (!known) RIDGE_TRY_VOID(record(s, CandidateAdded{candidate}));
  ScreenJob job;
  const Record* champion = s.view().champion();
  if (!champion) champion = s.view().best();
  if (champion) job.incumbent = champion->candidate.id;
  const CandidateId id = candidate.id;
  job.candidate = std::move(candidate);
  s.in_flight[s.parts.judge->submit(std::move(job))] = id;
  return {};
}

Result<Operator*> operator_named(Session::State& s, const std::string& name) {
  auto& kept = s.operators[name];
  if (!kept) {
    RIDGE_TRY(kept, make_operator(name));
  }
  return kept.get();
}

}  // namespace

Result<void> submit_first(Session::State& s) {
  for (Candidate& c : s.unfinished) RIDGE_TRY_VOID(submit(s, std::move(c), true));
  s.unfinished.clear();
  for (const auto& [sources, op] : {std::pair{&s.task().seeds, "seed"}, {&s.task().templates, "template"}}) {
    const auto it = sources->find(s.parts.dialect);
    if (it == sources->end()) continue;
    RIDGE_TRY(Candidate c, candidate_of(s.task(), it->second, *s.parts.device, op));
    if (!s.view().find(c.id)) RIDGE_TRY_VOID(submit(s, std::move(c)));
  }
  return {};
}

// Speculation has a price: everyone in a round was chosen without knowing the others' results. A round of a second or
// two is little beside a search of minutes, and enough for compilers to build variants together.
std::size_t next_slots(const Parts& parts, std::size_t before, std::size_t judged, double seconds) {
  const std::size_t most = std::max(parts.slots, parts.most_slots);
  if (judged == 0 || !(seconds > 0)) return std::clamp(before, parts.slots, most);
  const double fitting = std::min(double(most), double(judged) * parts.round_s / seconds);
  return std::clamp(std::min(std::size_t(fitting), 4 * std::max(before, parts.slots)), parts.slots, most);
}

Result<bool> propose(Session::State& s) {
  // The generator depends on how far the run is, not on how it got there: a resumed run goes on as the unbroken one
  // would.
  Rng rng(s.spec.seed, "policy", s.view().evaluations() * 1'000'003 + s.empty_plans);
  std::size_t slots = std::max(s.slots, s.parts.slots);
  if (const auto most = std::size_t(s.spec.budget.evaluations); most > 0)
    slots = std::min(slots, most - std::min(most, s.view().evaluations()));
  slots -= std::min(slots, s.in_flight.size());
  const std::vector<Decision> decisions = s.parts.policy->plan(s.view(), slots, rng);
  std::size_t made = 0;
  for (const Decision& d : decisions) {
    RIDGE_TRY(Operator* const op, operator_named(s, d.op));
    std::vector<const Record*> parents;
    for (const CandidateId& id : d.parents)
      if (const Record* r = s.view().find(id)) parents.push_back(r);
    const OperatorContext context{s.view(), s.parts.judge, *s.parts.device, s.parts.dialect,
                                  d.mode,   d.settings,    s.spec.seed};
    RIDGE_TRY(std::vector<Draft> drafts, op->propose(s.task(), parents, context, rng, d.wanted));
    if (drafts.empty()) s.parts.policy->note_empty(d);
    for (Draft& draft : drafts) {
      Candidate c = seal(s.task(), std::move(draft));
      if (s.view().find(c.id)) continue;
      ++made;
      RIDGE_TRY_VOID(submit(s, std::move(c)));
    }
  }
  s.empty_plans = made > 0 ? 0 : s.empty_plans + 1;
  // A policy that has nothing now may have something after a different draw; not for ever.
  return made > 0 || (!s.parts.policy->exhausted() && s.empty_plans < 50);
}

}  // namespace ridge
