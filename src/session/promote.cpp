// Promotion: a screened candidate becomes champion only by a duel that it wins beyond the margin. Screening is a
// lottery among many; a duel is one ticket with fresh processes and draws.
#include "measure/decide.h"
#include "session/internal/state.h"

namespace ridge {
namespace {

constexpr double duel_share = 0.3;       // of the elapsed time, at most, while the search goes on
constexpr double last_duel_share = 0.5;  // the same when it is over
constexpr double last_duel = 0.88;       // of the wall budget: no duel begins later; the rest confirms and gates
constexpr double least_gain = 1.01;      // by screening: below this a duel can hardly promote
// Of the best screened score. Screens are minutes apart and a machine changes its speed by several per cent meanwhile,
// so among the last the ranking is a hint and no more.
constexpr double finalist_range = 0.90;
constexpr std::size_t finalists = 64;  // looked at; those that had their duel make room for the next in rank

Result<const Record*> incumbent_of(Session::State& s) {
  RIDGE_TRY(const Record* const champion, champion_of(s));
  if (champion) return champion;
  const Record* seed = s.view().seed();
  if (seed && seed->evaluation && !seed->ok())
    return world("the task's own seed was right once and failed now: {}", describe(seed->evaluation->reason));
  return seed;
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
    if (auto* screened = std::get_if<Evaluation>(&c.result); screened && c.job == id) {
      RIDGE_TRY_VOID(record(s, std::move(*screened)));  // alone it is another program than in its unit
      continue;
    }
    auto* duel = std::get_if<DuelRecord>(&c.result);
    if (c.job != id || !duel) continue;
    RIDGE_TRY_VOID(record(s, *duel));
    return std::optional<DuelRecord>(std::move(*duel));
  }
  return std::optional<DuelRecord>();
}

// Duels `challenger` against the incumbent; promotes when the interval's lower end is beyond 1 + margin.
Result<void> challenge(Session::State& s, const Record& incumbent, const Record& challenger, const std::string& purpose,
                       double margin) {
  const CandidateId over = incumbent.candidate.id, id = challenger.candidate.id;
  RIDGE_TRY(const auto duel, fight(s, incumbent, challenger, purpose, margin));
  if (!duel) return {};
  if (duel->outcome == DuelOutcome::failed && duel->fault) {
    if (!duel->fault_is_incumbent) return disqualify(s, id, *duel->fault);
    if (&incumbent == s.view().seed()) return world("the task's own seed failed in a duel: {}", duel->fault->text);
    return disqualify(s, over, *duel->fault);
  }
  if (duel->looks == 0 || duel->outcome != DuelOutcome::faster || !(duel->ratio.lower > 1 + margin)) return {};
  return record(s, Promoted{id, over, duel->ratio});
}

// The best by screening, at least at `bar`, that has not had its duel against the incumbent. `tried`: in this round,
// whatever came of it; a duel that the machine's unrest voided is no answer and may be fought again in a later one.
const Record* next_challenger(const Session::State& s, const Record& incumbent, double bar,
                              const std::set<CandidateId>& tried) {
  for (const Record* r : s.view().top(finalists)) {
    const CandidateId& id = r->candidate.id;
    if (r->score() < bar) return nullptr;
    if (r != &incumbent && r != s.view().seed() && !tried.contains(id) &&
        !s.duelled.contains({incumbent.candidate.id, id}) && !s.duelled.contains({id, incumbent.candidate.id}))
      return r;
  }
  return nullptr;
}

}  // namespace

// The two events of a champion's fall are repaired here when a kill came between them.
Result<const Record*> champion_of(Session::State& s) {
  while (const Record* champion = s.view().champion()) {
    if (champion->ok()) return champion;
    RIDGE_TRY_VOID(record(s, Demoted{champion->candidate.id, "it failed after its promotion: " +
                                                                 std::string(describe(champion->evaluation->reason))}));
  }
  return nullptr;
}

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
    RIDGE_TRY(const Record* const incumbent, incumbent_of(s));
    if (!incumbent) return {};
    const Record* challenger = next_challenger(s, *incumbent, least_gain * incumbent->score(), tried);
    if (!challenger) return {};
    tried.insert(challenger->candidate.id);
    RIDGE_TRY_VOID(challenge(s, *incumbent, *challenger, "promote", margin));
    report_progress(s);
  }
  return {};
}

// At the end: whoever came near the best by screening gets a duel against the champion, so that a slow first impression
// or a coarse margin does not cost the user the better kernel.
Result<void> select_finalist(Session::State& s, const std::atomic<bool>& stop) {
  std::set<CandidateId> tried;
  while (!stop && s.elapsed() < last_duel * s.spec.budget.wall_s && s.duel_s <= last_duel_share * s.elapsed() + 1.0) {
    RIDGE_TRY(const Record* const incumbent, incumbent_of(s));
    const Record* best = s.view().best();
    if (!incumbent || !best) return {};
    const Record* challenger = next_challenger(s, *incumbent, finalist_range * best->score(), tried);
    if (!challenger) return {};
    tried.insert(challenger->candidate.id);
    // Against the seed only a clear win counts; between finalists the better estimate is taken, with a sign that is
    // sure.
    const double margin = incumbent == s.view().seed() ? measure::claim_margin(0) : 0.0;
    RIDGE_TRY_VOID(challenge(s, *incumbent, *challenger, "select", margin));
    report_progress(s);
  }
  return {};
}

}  // namespace ridge
