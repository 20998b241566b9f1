// The evaluator: the only meeting of candidate and device (design §6).
//
//   admit ─► compile ─► smoke ─► check ─► screen ─► duel ─► evaluation          champion only: confirm ─► gate
//
// It holds the secrets: seeds of draws, oracle's answers, verdicts. Candidates run in lanes (device/device.h),
// references in an oracle worker; neither ever sees a verdict in the making.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "device/device.h"
#include "evaluate/mechanisms.h"
#include "evaluate/oracle.h"
#include "measure/noise_table.h"
#include "model/certificate.h"
#include "model/judge.h"
#include "model/task.h"

namespace ridge {

struct EvaluatorSettings {
  bool deduplicate = true;       // off only for the null operator of tests
  int screen_draws = 3;          // verified draws per workload while screening
  double screen_seconds = 0.05;  // measuring time per workload while screening
  double time_limit_s = 10;      // one call, before the seed's time is known; afterwards 20 × the seed's, at least 1 s
  double visit_seconds = 0.005;  // shortest visit of a duel
  int compile_jobs = 0;          // 0 = all cores
  measure::NoiseTable noise;     // of this machine, as the doctor measured it: spread between processes widens claims
  std::function<void(const std::string&)> progress;  // short phrases: "confirming c:9f3a…"
  MechanismSwitches mechanisms = {};                 // all on; tests turn them off one by one
};

class Evaluator : public Judge {
 public:
  // The task's reference is compiled and tried, the seed is judged: a task whose seed fails cannot be searched (an
  // Error that says why).
  static Result<std::unique_ptr<Evaluator>> open(std::shared_ptr<const Task> task, Device& device,
                                                 std::unique_ptr<Oracle> oracle, Secret secret,
                                                 EvaluatorSettings settings);
  ~Evaluator() override;

  JobId submit(JudgeJob job) override;
  Result<std::vector<Completion>> poll() override;
  bool cancel(JobId job) override;

  // One candidate through every stage, for `check`: all scored workloads, and the named others.
  // `libraries`: of a task's own baseline. `counters`: a right one is counted, too, where the device can.
  Result<Evaluation> evaluate(const Candidate& candidate, const std::vector<std::string>& workloads = {},
                              const std::vector<std::string>& libraries = {}, bool counters = false);

  // A certificate judged again, here: its secrets and draws, the builds, every recorded draw, fresh draws and hidden
  // shapes, and the claim by a new duel. The certificate's task is this evaluator's (the caller compares digests).
  Result<Verification> verify(const Certificate& certificate, double duel_limit_s = 60);

  // Spread of log time between processes that claims on this task reckon with: the largest among the scored workloads,
  // each by how long the seed takes; 0 where the machine's noise was not measured.
  double sigma_p() const;

  // Earlier evaluations of a resumed run: duplicates are known by binary and plan, and the seed's time need not be
  // measured again.
  void remember(const Evaluation& evaluation);

  struct State;  // evaluate/internal/state.h

 private:
  explicit Evaluator(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace ridge
