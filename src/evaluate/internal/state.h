// What the evaluator knows; its stages are functions over this.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "evaluate/draws.h"
#include "evaluate/evaluator.h"
#include "evaluate/internal/bench.h"
#include "evaluate/internal/prepare.h"

namespace ridge {

struct Evaluator::State {
  State(std::shared_ptr<const Task> t, Device& d, std::unique_ptr<Oracle> o, Secret secret, EvaluatorSettings s)
      : task(std::move(t)),
        device(d),
        caps(d.capabilities()),
        oracle(std::move(o)),
        draws(*oracle, std::move(secret), &d.clock()),
        settings(std::move(s)) {}

  std::shared_ptr<const Task> task;
  Device& device;
  const Capabilities& caps;
  std::unique_ptr<Oracle> oracle;
  Draws draws;
  EvaluatorSettings settings;
  Ceilings ceilings;
  double check_seconds = 0;  // staging and verification so far, all benches
  double gate_margin = 0;

  std::deque<std::pair<JobId, JudgeJob>> queue;
  JobId last_job = 0;

  std::map<std::string, CandidateId> seen;        // identity → first candidate
  std::map<CandidateId, Evaluation> evaluations;  // timings only, to compare against
  std::map<std::string, double> seed_seconds;     // by workload name
  std::vector<Workload> smoke;                    // small drawn workloads with drawn scalars
  std::uint64_t smoke_uses = 0, drawn = 0;
  std::map<CandidateId, std::shared_ptr<Prepared>> prepared;  // few: finalists
  std::deque<CandidateId> prepared_order;

  double clock_probe = 0;

  Place place() { return {*task, device, draws, check_seconds, clock_probe}; }
  double call_limit(const std::string& workload) const;
  double seconds_now() const { return device.clock().seconds(); }
  void say(const std::string& phase) const {
    if (settings.progress) settings.progress(phase);
  }
};

// Which stage a function below belongs to is in its file's name. All return the world's errors; the candidate's faults
// are values.

// smoke.cpp
// Bytes and flops of a call by the task's convention; huge where they cannot be computed.
double size_of_work(const Task& task, const Workload& w);
// Of least work among six draws of the family.
Result<Workload> draw_small_workload(Evaluator::State& s, const std::string& name);
Result<void> draw_smoke_workloads(Evaluator::State& s);
// Small drawn workloads: right, twice the same answer from the same input at another address, nothing working
// afterwards. Adds to `result` what was checked.
Result<Judged<void>> smoke_and_check(Evaluator::State& s, Prepared& p, Evaluation& result);

// screen.cpp
Result<Judged<void>> screen(Evaluator::State& s, Prepared& p, const std::vector<const Workload*>& workloads,
                            const Evaluation* incumbent, Evaluation& result);
void score(const Evaluator::State& s, Evaluation& result);
// Whole pipeline for prepared (compiled) candidates.
Result<Evaluation> judge_prepared(Evaluator::State& s, Prepared& p, const Evaluation* incumbent,
                                  const std::vector<const Workload*>& extra);
Evaluation failed(const Evaluator::State& s, const Candidate& c, const Fault& fault);

// duel.cpp
struct DuelPlan {
  std::string purpose;
  std::vector<const Workload*> workloads;
  std::vector<std::size_t> looks = {8, 16, 32, 64};
  double nominal_p = 0.0155;
  std::optional<double> goal;
  bool report_only = false;  // no decision hangs on it: no block is dropped, unrest shows as a wide interval
  double time_limit_s = 60;
  // Two processes of the same program differ for as long as they live; only new pairs average that out. A divisor of 4.
  std::size_t blocks_per_process = 4;
  int verified = 0;  // calls verified so far, both sides
};
Result<DuelRecord> duel(Evaluator::State& s, Prepared& incumbent, Prepared& candidate, DuelPlan& plan);
// The candidate compiled and ready, from the short memory or anew.
Result<Judged<std::shared_ptr<Prepared>>> ready(Evaluator::State& s, const Candidate& c, bool fresh = false,
                                                const std::vector<std::string>& libraries = {});

// One call on `w` in a process of its own, verified, with the given draw or a new one.
Result<Judged<void>> try_once(Evaluator::State& s, Prepared& p, const Workload& w,
                              std::shared_ptr<const Draw> known = nullptr);
// precision.cpp
// What tells that a wrong result is one of a lower precision ("right for inputs rounded to bf16"), or nothing. `set`
// holds the wrong outputs of `draw`.
Result<std::string> lower_precision(Evaluator::State& s, Bench& bench, std::size_t set, const Workload& w,
                                    const Draw& draw);
// relations.cpp
// The relations that the task declares, on one workload.
Result<Judged<void>> relations(Evaluator::State& s, Prepared& p, const Workload& w, std::vector<TrustCheck>& checks);
// champion.cpp
// What only a champion goes through: ghost replay, sensitivity, relations, sanitizers. Each adds what it found.
Result<Judged<void>> examine(Evaluator::State& s, Prepared& p, std::vector<TrustCheck>& checks);

// finals.cpp
// Workloads of the held-out family, the i-th from the i-th seed of a secret stream.
Result<std::vector<Workload>> hidden_workloads(const Task& task, const Secret& secret, const std::string& stream,
                                               int count, const std::string& name);
std::string confirm_stream(const CandidateId& candidate);
std::string gate_stream(int attempt);
inline constexpr int confirm_hidden = 2;  // shapes from the held-out family, a stream of their own
// Right on a workload, in a new process: on the recorded draws, or on `draws_each` fresh ones of a purpose when there
// are none. The result records their seeds.
inline constexpr int draws_each = 2;
Result<Judged<WorkloadResult>> right_on(Evaluator::State& s, Prepared& p, const Workload& w, const std::string& purpose,
                                        const std::vector<std::uint64_t>& recorded = {});
Result<Confirmation> confirm(Evaluator::State& s, const ConfirmJob& job);
Result<GateAttempt> gate(Evaluator::State& s, const GateJob& job);

}  // namespace ridge
