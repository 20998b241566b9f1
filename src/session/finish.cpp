// The end of a run: the champion is confirmed, gated and summed up; one that fails is demoted and the one before it
// gets its chance.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "session/internal/state.h"

namespace ridge {
namespace {

constexpr std::size_t most_gate_attempts = 3;

template <class Result_, class Job>
Result<Result_> ask(Session::State& s, Job job) {
  double seconds = 0;  // a final job has a share of the budget of its own
  RIDGE_TRY(std::vector<JudgeResult> answers, answers_to(s, std::move(job), seconds));
  for (JudgeResult& answer : answers)
    if (auto* result = std::get_if<Result_>(&answer)) return std::move(*result);
  return world("the judge gave no answer to a final job");
}

double median(std::vector<double> v) {
  if (v.empty()) return 0;
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

Summary::Certified certified(const Session::State& s, const Confirmation& c, const GateAttempt& g) {
  Summary::Certified out;
  out.candidate = c.candidate;
  out.speedup = c.against_seed->ratio;
  out.processes = c.processes;
  out.draws = c.draws;
  const DuelRecord& d = *c.against_seed;
  const Record* winner = s.view().find(c.candidate);
  for (std::size_t w = 0; w < d.workloads.size(); ++w) {
    WorkloadComparison row;
    row.name = d.workloads[w];
    std::vector<double> seed, best;
    for (const auto& block : d.visits) {
      seed.insert(seed.end(), {block[w][0], block[w][3]});
      best.insert(best.end(), {block[w][1], block[w][2]});
    }
    row.seed_seconds = median(std::move(seed));
    row.best_seconds = median(std::move(best));
    if (w < d.per_workload.size()) row.ratio = d.per_workload[w];
    if (winner && winner->evaluation)
      for (const WorkloadResult& r : winner->evaluation->workloads)
        if (r.name == row.name) row.roofline = r.roofline;
    out.workloads.push_back(std::move(row));
  }
  for (const auto& [name, duel] : c.against_baselines) out.baselines.emplace_back(name, duel.ratio);
  out.gate_attempts = int(s.gates.size());
  if (const auto known = s.regret.find(c.candidate); known != s.regret.end()) out.regret = known->second;
  out.hidden = g.workloads;
  out.hidden_ratios = g.ratios;
  return out;
}

// Right and beyond the margin, once for every promotion; a fall says why in words.
Result<std::string> confirm(Session::State& s, const Record& champion, const Record& seed) {
  const CandidateId& id = champion.candidate.id;
  if (!s.confirmed.contains(id)) {
    ConfirmJob job{champion.candidate, seed.candidate, std::max(5.0, 0.15 * s.spec.budget.wall_s)};
    RIDGE_TRY(Confirmation c, ask<Confirmation>(s, std::move(job)));
    RIDGE_TRY_VOID(record(s, std::move(c)));
  }
  const Confirmation& c = s.confirmed.at(id);
  if (!c.passed) {
    RIDGE_TRY_VOID(disqualify(s, id, c.fault.value_or(Fault{Verdict::wrong_result, Reason::none, "confirm", ""})));
    return "the champion failed when it was confirmed";
  }
  if (c.claimed) return "";
  return c.against_seed && c.against_seed->outcome == DuelOutcome::voided
             ? "the machine was too restless to confirm the champion"
             : "the champion's speed-up over the seed was not beyond the margin when it was confirmed";
}

// The one attempt of this champion, which is the last thing between it and a certificate.
Result<std::string> gate(Session::State& s, const Record& champion, const Record& seed) {
  GateJob job{champion.candidate, seed.candidate, int(s.gates.size()) + 1};
  RIDGE_TRY(GateAttempt g, ask<GateAttempt>(s, std::move(job)));
  RIDGE_TRY_VOID(record(s, g));
  if (g.passed) return "";
  if (g.reason == Reason::none) return "the champion was slower than the seed on hidden shapes";
  const std::string why(describe(g.reason));
  RIDGE_TRY_VOID(disqualify(s, g.candidate, {Verdict::wrong_result, g.reason, "gate", why}));
  return "the champion failed on hidden shapes: " + why;
}

const GateAttempt* passed_gate(const Session::State& s, const CandidateId& id) {
  const auto at = std::ranges::find_if(s.gates, [&](const GateAttempt& g) { return g.candidate == id && g.passed; });
  return at == s.gates.end() ? nullptr : &*at;
}

// Confirms and gates champions until one holds or none is left. Fills certified or why_not.
Result<void> decide(Session::State& s, Summary& summary, const std::atomic<bool>& stop) {
  const Record* seed = s.view().seed();
  summary.why_not = "no candidate was faster than the seed beyond noise";
  if (const Record* best = s.view().best(); seed_out_of_reach(s) && best && best->score() > 1)
    summary.why_not = fmt::format(
        "a claim over the seed takes {:.0f} s of the seed's own calls, too much for this budget: give it {:.0f} s "
        "(screened at {:.3g} times the seed)",
        seed_calls_s(s), least_budget_s(s), best->score());
  for (;;) {
    RIDGE_TRY(const Record* const champion, champion_of(s));
    const bool passed = champion && passed_gate(s, champion->candidate.id);
    if (!passed && s.gates.size() >= most_gate_attempts) {
      summary.why_not = "all three attempts at the gate were used";
      return {};
    }
    if (!champion) return {};
    if (stop && !passed) {
      summary.why_not = "interrupted before the champion was confirmed";
      return {};
    }
    const CandidateId id = champion->candidate.id;
    RIDGE_TRY(std::string fallen, confirm(s, *champion, *seed));
    if (fallen.empty() && !passed) {
      RIDGE_TRY(fallen, gate(s, *champion, *seed));
    }
    if (fallen.empty()) {
      summary.certified = certified(s, s.confirmed.at(id), *passed_gate(s, id));
      summary.why_not.clear();
      return {};
    }
    summary.why_not = fallen;
    RIDGE_TRY_VOID(record(s, Demoted{id, fallen}));
    // Whoever stood in its shadow may be better than the champion before it.
    RIDGE_TRY_VOID(select_finalist(s, stop));
  }
}

}  // namespace

Result<Summary> finish(Session::State& s, const std::atomic<bool>& stop) {
  Summary summary;
  summary.run = s.spec.folder;
  summary.task = s.spec.task;
  summary.device = s.spec.device;
  summary.policy = s.spec.policy;
  summary.seed = s.spec.seed;
  summary.stopped_by = s.stopped_by;
  RIDGE_TRY_VOID(decide(s, summary, stop));
  summary.evaluations = std::int64_t(s.view().evaluations());
  summary.duplicates = std::int64_t(s.view().duplicates());
  for (const Verdict v : {Verdict::rejected, Verdict::compile_failed, Verdict::launch_failed, Verdict::crashed,
                          Verdict::timed_out, Verdict::wrong_result}) {
    std::int64_t n = std::int64_t(s.view().count(v));
    if (v == Verdict::rejected) n -= summary.duplicates;
    if (n > 0) summary.failed[std::string(name(v))] = n;
  }
  summary.cost = s.cost;
  summary.cost.wall_s = s.elapsed();
  const Summary::Cost& c = summary.cost;
  summary.cost.session_s = std::max(0.0, c.wall_s - c.compile_s - c.kernel_s - c.draw_check_s - c.own_s);
  RIDGE_TRY_VOID(record(s, RunStopped{s.stopped_by, to_json(summary).dump()}));
  return summary;
}

}  // namespace ridge
