// Promotion: a screened candidate becomes champion only by a duel that it wins beyond the margin. Screening is a
// lottery among many; a duel is one ticket with fresh processes and draws.
#include "measure/decide.h"
#include "session/internal/state.h"

namespace ridge {
namespace {

constexpr double duel_share = 0.3;   // of the elapsed time, at most, while the search goes on
constexpr double least_gain = 1.01;  // by screening: below this a duel cannot promote
constexpr std::size_t finalists = 4;
constexpr double finalist_range = 0.97;  // of the best screened score

const Record* incumbent_of(const Session::State& s) {
  const Record* champion = s.view().champion();
  return champion ? champion : s.view().seed();
}

Result<std::optional<DuelRecord>> fight(Session::State& s, const Record& incumbent, const Record& challenger,
                                        const std::string& purpose, double goal) {
  DuelJob job;
  job.incumbent = incumbent.candidate;
  job.candidate = challenger.candidate;
  job.purpose = purpose;
  job.goal = goal;
  job.time_limit_s = std::max(2.0, 0.1 * s.spec.budget.wall_s);
  const double begin = s.parts.clock->seconds();
  const JobId id = s.parts.judge->submit(std::move(job));
  RIDGE_TRY(std::vector<Completion> done, s.parts.judge->poll());
  s.duel_s += s.parts.clock->seconds() - begin;
  for (Completion& c : done) {
    auto* duel = std::get_if<DuelRecord>(&c.result);
    if (c.job != id || !duel) continue;
    RIDGE_TRY_VOID(record(s, *duel));
    return std::optional<DuelRecord>(std::move(*duel));
  }
  return std::optional<DuelRecord>();
}

// Duels `challenger` against the incumbent; promotes when the interval's lower end is beyond 1 + margin.
Result<void> challenge(Session::State& s, const Record& challenger, const std::string& purpose, double margin) {
  const Record& incumbent = *incumbent_of(s);
  const CandidateId over = incumbent.candidate.id, id = challenger.candidate.id;
  RIDGE_TRY(const auto duel, fight(s, incumbent, challenger, purpose, margin));
  if (!duel) return {};
  if (duel->outcome == DuelOutcome::failed && duel->fault) {
    if (!duel->fault_is_incumbent) return disqualify(s, id, *duel->fault);
    if (&incumbent == s.view().seed()) return world("the task's own seed failed in a duel: {}", duel->fault->text);
    RIDGE_TRY_VOID(disqualify(s, over, *duel->fault));
    return record(s, Demoted{over, "the champion failed in a duel"});
  }
  if (duel->looks == 0 || duel->outcome != DuelOutcome::faster || !(duel->ratio.lower > 1 + margin)) return {};
  return record(s, Promoted{id, over, duel->ratio});
}

// The best by screening that has not had its duel against the incumbent. `tried`: this round, whatever came of it; a
// duel that the machine's unrest voided is no answer and may be fought again in a later round.
const Record* next_challenger(const Session::State& s, const Record& incumbent, const std::set<CandidateId>& tried) {
  for (const Record* r : s.view().top(finalists)) {
    const CandidateId& id = r->candidate.id;
    if (r != &incumbent && r->score() > least_gain * incumbent.score() && !tried.contains(id) &&
        !s.duelled.contains({incumbent.candidate.id, id}))
      return r;
  }
  return nullptr;
}

}  // namespace

Result<void> disqualify(Session::State& s, const CandidateId& id, const Fault& fault) {
  Evaluation e = *s.view().find(id)->evaluation;
  e.verdict = fault.verdict == Verdict::ok ? Verdict::wrong_result : fault.verdict;
  e.reason = fault.reason;
  e.score = std::nullopt;
  e.diagnostics.push_back({fault.stage, fault.text});
  e.cost = {};
  return record(s, std::move(e));
}

Result<void> promote(Session::State& s, const std::atomic<bool>& stop) {
  const double margin = measure::claim_margin(0);
  std::set<CandidateId> tried;
  while (!stop && s.duel_s <= duel_share * s.elapsed() + 1.0) {
    const Record* incumbent = incumbent_of(s);
    if (!incumbent || !incumbent->ok()) return {};
    const Record* challenger = next_challenger(s, *incumbent, tried);
    if (!challenger) return {};
    tried.insert(challenger->candidate.id);
    RIDGE_TRY_VOID(challenge(s, *challenger, "promote", margin));
    report_progress(s);
  }
  return {};
}

// At the end: whoever came near the best by screening gets a duel against the champion, so that a slow first impression
// or a coarse margin does not cost the user the better kernel.
Result<void> select_finalist(Session::State& s, const std::atomic<bool>& stop) {
  const Record* best = s.view().best();
  if (stop || !best) return {};
  std::vector<CandidateId> near;
  for (const Record* r : s.view().top(finalists))
    if (r->score() >= finalist_range * best->score()) near.push_back(r->candidate.id);
  for (const CandidateId& id : near) {
    const Record* incumbent = incumbent_of(s);
    if (!incumbent || stop || s.elapsed() > 0.88 * s.spec.budget.wall_s) return {};
    const Record* r = s.view().find(id);
    if (!r->ok() || r == incumbent || s.duelled.contains({incumbent->candidate.id, id}) ||
        s.duelled.contains({id, incumbent->candidate.id}))
      continue;
    // Against the seed only a clear win counts; between finalists the better estimate is taken, with a sign that is
    // sure.
    RIDGE_TRY_VOID(challenge(s, *r, "select", s.view().champion() ? 0.0 : measure::claim_margin(0)));
    report_progress(s);
  }
  return {};
}

}  // namespace ridge
