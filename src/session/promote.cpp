// Promotion: a screened candidate becomes champion only by a duel that it wins beyond the margin. Screening is a
// lottery among many; a duel is one ticket with fresh processes and draws.
#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "measure/decide.h"
#include "session/internal/state.h"

namespace ridge {
namespace {

constexpr double duel_share = 0.3;  // of the elapsed time, at most, while the search goes on
// No duels before: a space that is known by then has one race, at its end. A share of the wall budget, 8 s at most.
constexpr double calm_start = 0.1, calm_start_s = 8;
constexpr double last_duel_share = 0.5;  // the same when it is over
constexpr double last_duel = 0.88;       // of the wall budget: no duel begins later; the rest confirms and gates
constexpr double least_gain = 1.01;      // by screening: below this a duel can hardly promote
// Of the best screened score. Screens are minutes apart and a machine changes its speed by several per cent meanwhile,
// so among the last the ranking is a hint and no more.
constexpr double finalist_range = 0.90;
constexpr std::size_t finalists = 64;      // looked at; those that had their duel make room for the next in rank
constexpr std::size_t most_finalists = 9;  // in one race, beside the incumbent: each is built alone before
constexpr double regret = 0.01;            // what a better finalist may gain at most when the race ends

Result<const Record*> incumbent_of(Session::State& s) {
  RIDGE_TRY(const Record* const champion, champion_of(s));
  if (champion) return champion;
  const Record* seed = s.view().seed();
  if (seed && seed->evaluation && !seed->ok())
    return world("the task's own seed was right once and failed now: {}", describe(seed->evaluation->reason));
  return seed;
}

// Of one duel or race.
constexpr double contest_share = 0.1, least_contest_s = 2;
double contest_limit_s(const Session::State& s) {
  return std::max(least_contest_s, contest_share * s.spec.budget.wall_s);
}

Result<std::optional<DuelRecord>> fight(Session::State& s, const Record& incumbent, const Record& challenger,
                                        const std::string& purpose, double goal) {
  DuelJob job;
  job.incumbent = incumbent.candidate;
  job.candidate = challenger.candidate;
  job.purpose = purpose;
  job.goal = goal;
  job.time_limit_s = contest_limit_s(s);
  RIDGE_TRY(std::vector<JudgeResult> answers, answers_to(s, std::move(job), s.duel_s));
  for (JudgeResult& answer : answers) {
    if (auto* screened = std::get_if<Evaluation>(&answer)) {
      RIDGE_TRY_VOID(record(s, std::move(*screened)));  // alone it is another program than in its unit
      continue;
    }
    auto* duel = std::get_if<DuelRecord>(&answer);
    if (!duel) continue;
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

// Times of a candidate as they may be at a better moment: noise only ever adds, and screening takes few samples.
double optimistic_score(const Session::State& s, const Record& r) {
  double logs = 0, weights = 0;
  for (const Workload* w : s.task().scored())
    for (const WorkloadResult& result : r.evaluation->workloads) {
      if (result.name != w->name || !result.timing || !(result.timing->q1 > 0)) continue;
      logs += w->weight * std::log(result.timing->median / result.timing->q1);
      weights += w->weight;
    }
  return weights > 0 ? r.score() * std::exp(logs / weights) : r.score();
}

// Near the best by screening and not settled against the incumbent, the most promising first.
std::vector<const Record*> finalists_of(const Session::State& s, const Record& incumbent) {
  std::vector<std::pair<double, const Record*>> ranked;
  for (const Record* r : s.view().top(finalists)) ranked.emplace_back(optimistic_score(s, *r), r);
  std::ranges::stable_sort(ranked, std::greater(), [](const auto& entry) { return entry.first; });
  std::vector<const Record*> out;
  for (const auto& [score, r] : ranked) {
    if (score < finalist_range * ranked.front().first || out.size() == most_finalists) break;
    const CandidateId& id = r->candidate.id;
    const bool settled =
        s.settled.contains({incumbent.candidate.id, id}) || s.settled.contains({id, incumbent.candidate.id});
    if (r != &incumbent && r != s.view().seed() && !settled) out.push_back(r);
  }
  return out;
}

// The best estimate among those that did not fail; none: empty.
CandidateId next_best(const std::vector<DuelRecord>& duels) {
  const DuelRecord* best = nullptr;
  for (const DuelRecord& d : duels)
    if (d.outcome != DuelOutcome::failed && (!best || d.ratio.estimate > best->ratio.estimate)) best = &d;
  return best ? best->candidate : CandidateId();
}

// How many took part; they are added to `raced`.
Result<std::size_t> run_race(Session::State& s, const Record& incumbent, RaceJob job, std::set<CandidateId>& raced) {
  job.regret = regret;
  job.time_limit_s = contest_limit_s(s);
  RIDGE_TRY(std::vector<JudgeResult> answers, answers_to(s, std::move(job), s.duel_s));
  for (JudgeResult& answer : answers) {
    if (auto* screened = std::get_if<Evaluation>(&answer)) {
      RIDGE_TRY_VOID(record(s, std::move(*screened)));
      continue;
    }
    auto* race = std::get_if<Race>(&answer);
    if (!race) continue;
    for (const DuelRecord& duel : race->duels) {
      RIDGE_TRY_VOID(record(s, duel));
      raced.insert(duel.candidate);
    }
    // Against the seed only a clear win counts. Between finalists the better estimate is taken (selection is no claim:
    // that one is made against the seed, when the winner is confirmed).
    const bool seed = &incumbent == s.view().seed();
    const auto wins = [&](const DuelRecord& d) {
      if (d.candidate != race->pick || d.outcome == DuelOutcome::failed) return false;
      return seed ? d.outcome == DuelOutcome::faster && d.ratio.lower > 1 + measure::claim_margin(0)
                  : d.ratio.estimate > 1;
    };
    Selected selected{incumbent.candidate.id, race->pick, race->rounds, race->regret, race->cost};
    // A pick that does not clearly win leaves the incumbent where it is, and what that may miss is what the pick may
    // gain, and what others may gain over the pick.
    for (const DuelRecord& d : race->duels)
      if (d.candidate == race->pick && d.outcome != DuelOutcome::failed && !wins(d)) {
        selected.candidate = incumbent.candidate.id;
        selected.regret = std::min((1 + race->regret) * std::max(1.0, d.ratio.upper) - 1, 1e9);
      }
    RIDGE_TRY_VOID(record(s, std::move(selected)));
    for (const DuelRecord& duel : race->duels) {
      if (duel.outcome != DuelOutcome::failed || !duel.fault) continue;
      if (!duel.fault_is_incumbent) {
        RIDGE_TRY_VOID(disqualify(s, duel.candidate, *duel.fault));
        continue;
      }
      if (&incumbent == s.view().seed()) return world("the task's own seed failed in a duel: {}", duel.fault->text);
      RIDGE_TRY_VOID(disqualify(s, duel.incumbent, *duel.fault));
      raced.clear();  // what was to be a measure for them is none
      return race->duels.size();
    }
    // Whoever has just been disqualified is no pick.
    if (const Record* r = s.view().find(race->pick); r && !r->ok()) race->pick = next_best(race->duels);
    if (race->pick.empty()) return race->duels.size();
    for (const DuelRecord& duel : race->duels)
      if (wins(duel)) {
        RIDGE_TRY_VOID(record(s, Promoted{race->pick, incumbent.candidate.id, duel.ratio}));
      }
    return race->duels.size();
  }
  return std::size_t(0);
}

}  // namespace

double seed_calls_s(const Session::State& s) {
  double once = 0;
  if (const Record* seed = s.view().seed(); seed && seed->evaluation)
    for (const WorkloadResult& w : seed->evaluation->workloads)
      if (w.timing) once += w.timing->median;
  return 2 * double(first_look_blocks) * once;
}

bool seed_out_of_reach(const Session::State& s) {
  return seed_calls_s(s) > first_look_share * contest_limit_s(s);
}

double least_budget_s(const Session::State& s) {
  return std::ceil(seed_calls_s(s) / (first_look_share * contest_share));
}

Result<std::vector<JudgeResult>> answers_to(Session::State& s, JudgeJob job, double& seconds) {
  const double begin = s.parts.clock->seconds();
  const JobId id = s.parts.judge->submit(std::move(job));
  RIDGE_TRY(std::vector<Completion> done, s.parts.judge->poll());
  seconds += s.parts.clock->seconds() - begin;
  std::vector<JudgeResult> out;
  for (Completion& c : done)
    if (c.job == id) out.push_back(std::move(c.result));
  return out;
}

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
  const double calm_s = std::min(calm_start * s.spec.budget.wall_s, calm_start_s);
  while (!stop && s.duel_s <= duel_share * (s.elapsed() - calm_s)) {
    RIDGE_TRY(const Record* const incumbent, incumbent_of(s));
    if (!incumbent || (incumbent == s.view().seed() && seed_out_of_reach(s))) return {};
    const Record* challenger = next_challenger(s, *incumbent, least_gain * incumbent->score(), tried);
    if (!challenger) return {};
    tried.insert(challenger->candidate.id);
    RIDGE_TRY_VOID(challenge(s, *incumbent, *challenger, "promote", margin));
    report_progress(s);
  }
  return {};
}

// At the end: whoever came near the best by screening races against the champion, all on the same draws, until the best
// of them is known well enough, so that a slow first impression or a coarse margin does not cost the user the better
// kernel.
Result<void> select_finalist(Session::State& s, const std::atomic<bool>& stop) {
  // A finished run that is asked again has its answer, unless something new was judged since.
  if (!s.gates.empty() && s.gates.back().passed && s.seen_at_gate == s.evaluations_seen) return {};
  std::set<CandidateId> raced;
  while (!stop && s.elapsed() < last_duel * s.spec.budget.wall_s && s.duel_s <= last_duel_share * s.elapsed() + 1.0) {
    RIDGE_TRY(const Record* const incumbent, incumbent_of(s));
    if (!incumbent || (incumbent == s.view().seed() && seed_out_of_reach(s))) return {};
    RaceJob job;
    job.candidates = {incumbent->candidate};
    for (const Record* r : finalists_of(s, *incumbent))
      if (!raced.contains(r->candidate.id)) job.candidates.push_back(r->candidate);
    if (job.candidates.size() < 2) return {};
    RIDGE_TRY(const std::size_t measured, run_race(s, *incumbent, std::move(job), raced));
    if (measured == 0) return {};
    report_progress(s);
  }
  return {};
}

}  // namespace ridge
