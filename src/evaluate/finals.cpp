// confirm and gate: what only a champion goes through. Both build anew, start new processes and draw from secret
// streams that the search has never used; the gate's workloads are hidden until the run ends.
#include <algorithm>
#include <cmath>

#include "catalog/catalog.h"
#include "evaluate/internal/state.h"
#include "measure/decide.h"
#include "measure/summary.h"

namespace ridge {
namespace {

constexpr int cold_calls = 3;
constexpr double gate_visit_seconds = 0.002;  // its ratios are reported and claim nothing

}  // namespace

Result<Judged<WorkloadResult>> right_on(Evaluator::State& s, Prepared& p, const Workload& w, const std::string& purpose,
                                        const std::vector<std::uint64_t>& recorded) {
  WorkloadResult r;
  r.name = w.name;
  RIDGE_TRY(auto bench, Bench::open(s.place(), p, {&w}, draws_each, 0, true));
  if (!bench) return Judged<WorkloadResult>(std::unexpected(std::move(bench).error()));
  RIDGE_TRY(auto sets, (*bench)->choose(w, draws_each));
  if (!sets) return Judged<WorkloadResult>(std::unexpected(std::move(sets).error()));
  for (std::size_t i = 0; i < (recorded.empty() ? std::size_t(draws_each) : recorded.size()); ++i) {
    const std::size_t set = i % *sets;
    RIDGE_TRY(auto draw, recorded.empty() ? s.draws.fresh(w, purpose) : s.draws.replay(w, recorded[i]));
    RIDGE_TRY_VOID(s.draws.answer(w, *draw));
    r.seeds.push_back(draw->seed);
    RIDGE_TRY_VOID((*bench)->stage(set, draw));
    RIDGE_TRY(auto burst, (*bench)->run(set, 1, s.settings.time_limit_s));
    if (!burst) return Judged<WorkloadResult>(std::unexpected(std::move(burst).error()));
    RIDGE_TRY(auto verified, (*bench)->verify(set));
    if (!verified) return Judged<WorkloadResult>(std::unexpected(std::move(verified).error()));
    if (verified->worst_error >= r.worst_error)
      r.worst_error = verified->worst_error, r.tolerance = verified->tolerance;
    ++r.draws;
  }
  return Judged<WorkloadResult>(std::move(r));
}

Result<std::vector<Workload>> hidden_workloads(const Task& task, const Secret& secret, const std::string& stream,
                                               int count, const std::string& name) {
  std::vector<Workload> out;
  for (int i = 0; i < count; ++i) {
    Rng rng(secret.seed(stream, std::uint64_t(i)));
    RIDGE_TRY(Workload w, draw_workload(task, rng, fmt::format("{}-{}", name, i + 1)));
    w.role = WorkloadRole::hidden;
    out.push_back(std::move(w));
  }
  return out;
}

std::string confirm_stream(const CandidateId& candidate) {
  return "confirm " + candidate;
}

std::string gate_stream(int attempt) {
  return fmt::format("gate {}", attempt);
}

namespace {

WorkloadResult wrong_on(const Workload& w, const Fault& fault) {
  WorkloadResult r;
  r.name = w.name;
  r.verdict = fault.verdict;
  r.reason = fault.reason;
  return r;
}

// With cold caches, for whoever calls the kernel once in a while; described, never compared.
Result<Judged<Timing>> cold_times(Evaluator::State& s, Prepared& p, const Workload& w) {
  RIDGE_TRY(auto bench, Bench::open(s.place(), p, {&w}, 1, 0, true));
  if (!bench) return Judged<Timing>(std::unexpected(std::move(bench).error()));
  RIDGE_TRY(auto sets, (*bench)->choose(w, 1));
  if (!sets) return Judged<Timing>(std::unexpected(std::move(sets).error()));
  std::vector<double> cold;
  for (int i = 0; i < cold_calls; ++i) {
    RIDGE_TRY(auto draw, s.draws.fresh(w, "confirm"));
    RIDGE_TRY_VOID((*bench)->stage(0, draw));
    RIDGE_TRY(auto burst, (*bench)->run(0, 1, s.settings.time_limit_s, true));
    if (!burst) return Judged<Timing>(std::unexpected(std::move(burst).error()));
    cold.push_back(burst->seconds);
  }
  const auto summary = measure::summarize(cold);
  return Judged<Timing>(Timing{summary.median, summary.q1, summary.q3, summary.min, int(summary.n), "cold"});
}

// Baselines are candidates of the task's own; one that does not work here is left out and said so.
Result<void> against_baselines(Evaluator::State& s, Prepared& p, double limit_s, Confirmation& out) {
  for (const Baseline& baseline : s.task->baselines) {
    const auto skip = [&](const std::string& why) {
      out.diagnostics.push_back({"baseline", fmt::format("{}: not compared: {}", baseline.name, why)});
    };
    const auto dialect = dialect_of_extension(baseline.file.substr(baseline.file.rfind('.') + 1));
    if (dialect != s.caps.plan.dialect) continue;  // of another device
    const auto candidate =
        candidate_of(*s.task, {baseline.file, baseline.source, *dialect}, device_scope(s.caps), "baseline");
    if (!candidate) {
      skip(candidate.error().message);
      continue;
    }
    RIDGE_TRY(auto b, ready(s, *candidate, baseline.libraries));
    if (!b) {
      skip(b.error().text);
      continue;
    }
    s.say(fmt::format("comparing with {}", baseline.name));
    DuelPlan duel_plan;
    duel_plan.purpose = "baseline";
    duel_plan.workloads = s.task->scored();
    duel_plan.looks = {8};
    duel_plan.report_only = true;
    duel_plan.time_limit_s = limit_s;
    RIDGE_TRY(DuelRecord record, duel(s, **b, p, duel_plan));
    if (record.outcome == DuelOutcome::failed)
      skip(record.fault ? record.fault->text : "the duel failed");
    else
      out.against_baselines.emplace_back(baseline.name, std::move(record));
  }
  return {};
}

}  // namespace

Result<Confirmation> confirm(Evaluator::State& s, const ConfirmJob& job) {
  Confirmation out;
  out.candidate = job.candidate.id;
  out.delta = measure::claim_margin(s.sigma_p());
  s.say(fmt::format("confirming {}", job.candidate.id));
  const auto fault_is = [&](const Fault& f) {
    out.fault = f;
    out.diagnostics.push_back({"confirm", f.text});
  };
  // Beside the builds and the checks of results: nothing is timed before they have ended.
  RIDGE_TRY(auto sanitizing, begin_sanitizing(s, job.candidate));
  if (!sanitizing) return fault_is(sanitizing.error()), out;
  RIDGE_TRY(auto built, built_anew(s, job.candidate, job.seed));
  auto& [p, seed] = built;
  if (!p) return fault_is(p.error()), out;
  if (!seed) return world("the seed no longer builds: {}", seed.error().text);
  out.binary = hex((*p)->binary.digest);
  out.seed_binary = hex((*seed)->binary.digest);

  std::vector<Workload> workloads;
  for (const Workload& w : s.task->workloads)
    if (w.role == WorkloadRole::scored || w.role == WorkloadRole::published_held_out) workloads.push_back(w);
  std::vector<Workload> hidden;
  if (s.settings.mechanisms.hidden_draws) {
    RIDGE_TRY(hidden,
              hidden_workloads(*s.task, s.draws.secret(), confirm_stream(job.candidate.id), confirm_hidden, "confirm"));
  }
  workloads.insert(workloads.end(), hidden.begin(), hidden.end());
  out.passed = true;
  for (const Workload& w : workloads) {
    RIDGE_TRY(auto right, right_on(s, **p, w, "confirm"));
    out.workloads.push_back(right ? *right : wrong_on(w, right.error()));
    if (w.role == WorkloadRole::hidden)
      for (const auto& [name, value] : w.binding) out.workloads.back().binding[name] = value;
    ++out.processes;
    if (right) {
      out.draws += right->draws;
    } else {
      out.passed = false;
      Fault fault = right.error();
      // Hidden failures tell only their class.
      if (w.role == WorkloadRole::hidden) fault.text = describe(fault.reason);
      return fault_is(fault), out;
    }
  }

  RIDGE_TRY(auto sane, examine(s, **p, *sanitizing, out.checks));
  if (!sane) {
    out.passed = false;
    return fault_is(sane.error()), out;
  }
  for (std::size_t i = 0; i < workloads.size(); ++i) {
    if (workloads[i].role != WorkloadRole::scored) continue;
    RIDGE_TRY(auto cold, cold_times(s, **p, workloads[i]));
    if (!cold) {
      out.passed = false;
      out.workloads[i] = wrong_on(workloads[i], cold.error());
      return fault_is(cold.error()), out;
    }
    out.workloads[i].timing = std::move(*cold);
  }

  DuelPlan plan;
  plan.purpose = "claim";
  plan.workloads = s.task->scored();
  plan.goal = out.delta;
  plan.time_limit_s = job.time_limit_s;
  // Blocks of one pair of processes share its luck, and the test takes them for independent: a pair for each block
  // makes it true. Where processes differ by 2 %, that is no false claim in 300 searches instead of 21, and intervals
  // hold the truth.
  plan.blocks_per_process = 1;
  RIDGE_TRY(DuelRecord record, duel(s, **seed, **p, plan));
  out.processes += 2 * record.processes;
  out.draws += plan.verified;
  if (record.outcome == DuelOutcome::failed) {
    out.passed = false;
    if (record.fault) fault_is(*record.fault);
    if (record.fault_is_incumbent)
      return world("the seed failed in a duel: {}", record.fault ? record.fault->text : "");
  } else {
    bool regressed = false;
    for (const Interval& i : record.per_workload) regressed = regressed || i.upper < 1;
    out.claimed =
        record.outcome != DuelOutcome::voided && record.looks > 0 && record.ratio.lower > 1 + out.delta && !regressed;
  }
  out.against_seed = std::move(record);
  if (out.claimed) RIDGE_TRY_VOID(against_baselines(s, **p, job.time_limit_s, out));
  if (out.passed) RIDGE_TRY_VOID(profile(s, **p, s.task->scored(), out.workloads, out.diagnostics));
  return out;
}

Result<GateAttempt> gate(Evaluator::State& s, const GateJob& job) {
  GateAttempt out;
  out.candidate = job.candidate.id;
  out.attempt = job.attempt;
  s.say(fmt::format("gate, attempt {} of at most 3", job.attempt));
  RIDGE_TRY(auto p, ready(s, job.candidate));
  RIDGE_TRY(auto seed, ready(s, job.seed));
  if (!p || !seed) return world("a confirmed candidate no longer builds: {}", !p ? p.error().text : seed.error().text);
  std::vector<Workload> hidden;
  if (s.settings.mechanisms.hidden_draws) {
    RIDGE_TRY(hidden,
              hidden_workloads(*s.task, s.draws.secret(), gate_stream(job.attempt), s.task->held_out.count, "hidden"));
  }
  out.passed = true;
  double log_upper = 0;
  for (const Workload& w : hidden) {
    // Every attempt has a "hidden-1" of its own; plans are kept by name.
    for (Prepared* side : {p->get(), seed->get()}) side->plans.erase(w.name);
    RIDGE_TRY(auto right, right_on(s, **p, w, "gate"));
    WorkloadResult r = right ? *right : wrong_on(w, right.error());
    for (const auto& [name, value] : w.binding) r.binding[name] = value;
    out.workloads.push_back(std::move(r));
    if (!right) {
      out.passed = false;
      out.reason = right.error().reason;
      return out;
    }
    DuelPlan plan;
    plan.purpose = "gate";
    plan.workloads = {&w};
    plan.looks = {6};
    plan.report_only = true;
    plan.nominal_p = 0.05;
    plan.visit_seconds = std::min(gate_visit_seconds, s.settings.visit_seconds);
    RIDGE_TRY(DuelRecord record, duel(s, **seed, **p, plan));
    if (record.outcome == DuelOutcome::failed) {
      if (record.fault_is_incumbent)
        return world("the seed failed on a hidden workload: {}", record.fault ? record.fault->text : "");
      out.passed = false;
      out.reason = record.fault ? record.fault->reason : Reason::none;
      return out;
    }
    out.ratios.push_back(record.ratio);
    log_upper += std::log(std::min(record.ratio.upper, 1e6));
  }
  // Right but slower than the seed on shapes it has not seen: it was fitted to the published ones.
  if (log_upper < 0) out.passed = false;
  return out;
}

}  // namespace ridge
