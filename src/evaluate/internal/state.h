// What the evaluator knows; its stages are functions over this.
#pragma once

#include <algorithm>
#include <deque>
#include <future>
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
        settings(std::move(s)) {
    draws.changing(settings.mechanisms.changing_draws);
  }

  std::shared_ptr<const Task> task;
  Device& device;
  const Capabilities& caps;
  std::unique_ptr<Oracle> oracle;
  Draws draws;
  EvaluatorSettings settings;
  Ceilings ceilings;
  Effort effort;
  double gate_margin = 0;

  std::deque<std::pair<JobId, JudgeJob>> queue;
  JobId last_job = 0;

  std::optional<Evaluation> opening;        // the seed's: the session's first candidate need not wait for it again
  std::map<std::string, CandidateId> seen;  // identity → first candidate
  std::map<CandidateId, Evaluation> evaluations;  // timings only, to compare against
  std::map<std::string, double> seed_seconds;     // by workload name
  std::map<std::string, double> fastest;          // the best median so far, by workload name
  std::optional<CandidateId> best;                // by score, of what was screened here
  std::vector<Workload> smoke;                    // small drawn workloads with drawn scalars
  std::uint64_t smoke_uses = 0, drawn = 0;
  std::map<CandidateId, std::shared_ptr<Prepared>> prepared;  // few: whoever may be a finalist
  std::deque<CandidateId> prepared_order;

  ClockProbe probe;
  double profile_s = 0, last_profile_s = 0;  // spent on counters while searching, and the last time
  double opened_s = 0;                       // when the evaluator was opened
  std::string no_counters;                   // why counting failed once: it is not tried again

  Place place() { return {*task, device, draws, effort, probe, settings.mechanisms}; }
  double call_limit(const std::string& workload) const;
  std::size_t screening_calls(const std::string& workload) const;
  double sigma_p() const {
    double most = 0;
    for (const Workload* w : task->scored())
      if (const auto known = seed_seconds.find(w->name); known != seed_seconds.end())
        most = std::max(most, settings.noise.at(known->second).sigma_p);
    return most;
  }
  double seconds_now() const { return device.clock().seconds(); }
  void say(const std::string& phase) const {
    if (settings.progress) settings.progress(phase);
  }
};

// What a job costs, from here until cost() is asked for.
class Account {
 public:
  explicit Account(const Evaluator::State& s)
      : s_(s), at_(s.effort), draws_s_(s.draws.seconds_spent()), begin_s_(s.seconds_now()) {}
  JobCost cost() const {
    JobCost c;
    c.compile_s = s_.effort.compile_s - at_.compile_s;
    c.kernel_s = s_.effort.kernel_s - at_.kernel_s;
    c.draw_check_s = s_.effort.check_s - at_.check_s + s_.draws.seconds_spent() - draws_s_;
    c.own_s = std::max(0.0, s_.seconds_now() - begin_s_ - c.compile_s - c.kernel_s - c.draw_check_s);
    return c;
  }

 private:
  const Evaluator::State& s_;
  Effort at_;
  double draws_s_, begin_s_;
};

// Which stage a function below belongs to is in its file's name. All return the world's errors; the candidate's faults
// are values.

// smoke.cpp
// Bytes and flops of a call by the task's convention; huge where they cannot be computed.
double size_of_work(const Task& task, const Workload& w);
// Of least work among six draws of the family.
Result<Workload> draw_small_workload(Evaluator::State& s, const std::string& name);
Result<void> draw_smoke_workloads(Evaluator::State& s);
// Two small workloads with drawn sizes and scalars, in a secret choice.
Result<std::vector<const Workload*>> smoke_workloads(Evaluator::State& s);
// They are right, twice the same answer from the same input at another address, nothing working afterwards. Adds to
// `result` what was checked. The bench is gone when the candidate failed.
Result<Judged<void>> smoke_and_check(Evaluator::State& s, std::unique_ptr<Bench>& bench,
                                     const std::vector<const Workload*>& chosen, Evaluation& result);
// The same in a process of its own.
Result<Judged<void>> smoke_and_check(Evaluator::State& s, Prepared& p, Evaluation& result);

// screen.cpp
Result<Judged<void>> screen(Evaluator::State& s, Bench& bench, const std::vector<const Workload*>& workloads,
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
  double visit_seconds = 0;  // shortest visit; 0: the evaluator's setting
  // Two processes of the same program differ for as long as they live; only new pairs average that out. A divisor of 4.
  std::size_t blocks_per_process = 4;
  int verified = 0;  // calls verified so far, both sides
};
Result<DuelRecord> duel(Evaluator::State& s, Prepared& incumbent, Prepared& candidate, DuelPlan& plan);
// The candidate compiled and ready, from the short memory or anew.
Result<Judged<std::shared_ptr<Prepared>>> ready(Evaluator::State& s, const Candidate& c,
                                                const std::vector<std::string>& libraries = {});

// All of them, built alone (never in a unit with others) on all cores and kept; whoever does not build says so in
// ready().
Result<void> ready_all(Evaluator::State& s, const std::vector<Candidate>& candidates);
// On all cores; each gets its share of the time that the clock showed.
std::vector<Result<Judged<void>>> compile_side_by_side(Evaluator::State& s, const std::vector<Prepared*>& work,
                                                       bool alone);

// Builds of one round of screening. On a device that shares the host's cores all are built before the first is taken,
// and nothing is measured meanwhile; on one of its own they go on in the background while earlier ones are measured.
class Builds {
 public:
  Builds(Evaluator::State& s, std::vector<Prepared*> work);
  ~Builds();
  Builds(const Builds&) = delete;
  Builds& operator=(const Builds&) = delete;
  // Waits for the i-th, once.
  Result<Judged<void>> take(std::size_t i);

 private:
  struct Ahead;
  Evaluator::State& s_;
  std::vector<Prepared*> work_;
  std::vector<Result<Judged<void>>> done_;
  std::unique_ptr<Ahead> ahead_;
};

// Both built anew, beside each other, without any cache.
Result<std::pair<Judged<std::shared_ptr<Prepared>>, Judged<std::shared_ptr<Prepared>>>> built_anew(Evaluator::State& s,
                                                                                                   const Candidate& a,
                                                                                                   const Candidate& b);
// Keeps it for duels, in place of the one that was used longest ago.
void keep(Evaluator::State& s, std::shared_ptr<Prepared> p);

// race.cpp
Result<Race> race(Evaluator::State& s, const RaceJob& job);
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
// The sanitizers' builds and runs, which go on beside work that is not timed; waited for when it is destroyed.
struct Sanitizing {
  std::future<Result<std::vector<SanitizerFinding>>> findings;  // not valid: they are switched off
};
Result<Judged<Sanitizing>> begin_sanitizing(Evaluator::State& s, const Candidate& candidate);
// What only a champion goes through: ghost replay, sensitivity, relations, sanitizers. Each adds what it found.
Result<Judged<void>> examine(Evaluator::State& s, Prepared& p, Sanitizing& sanitizing, std::vector<TrustCheck>& checks);

// profile.cpp
// The device's counters over one call of these workloads, into the results of the same name. Not to be had is a
// diagnostic and no fault; where the device has none, nothing happens.
Result<void> profile(Evaluator::State& s, Prepared& p, const std::vector<const Workload*>& workloads,
                     std::vector<WorkloadResult>& results, std::vector<Diagnostic>& diagnostics);
// A screened candidate that is the best so far, on the scored workload that takes longest, as long as all such
// profiling takes a small share of the time.
Result<void> profile_survivor(Evaluator::State& s, Prepared& p, Evaluation& result);

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
