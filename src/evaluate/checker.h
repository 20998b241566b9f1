// Right or wrong, without a clock: the evaluator's own check for `check --suite`, `calibrate` and tests of tasks. Needs
// no ceilings and judges at small drawn sizes, so that a whole suite takes seconds.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "device/device.h"
#include "evaluate/oracle.h"
#include "model/evaluation.h"
#include "model/task.h"

namespace ridge {

struct Prepared;

// Error of one output of one call, by the task's metric, beside what is allowed.
struct OutputError {
  std::string buffer;
  double error = 0, tolerance = 0;  // error: infinity where the output is not finite
  bool right = true;
};
// One call on one draw: errors of every output, or what kept the call from giving any.
struct CallErrors {
  std::vector<OutputError> outputs;
  std::optional<Fault> fault;
};

class Checker {
 public:
  // `time_limit_s`: of one call. An Error is the task's or the world's.
  static Result<std::unique_ptr<Checker>> open(std::shared_ptr<const Task> task, Device& device,
                                               std::unique_ptr<Oracle> oracle, Secret secret, double time_limit_s = 30);
  ~Checker();

  // A compiled candidate.
  using Kernel = std::shared_ptr<Prepared>;
  // Admitted and compiled, on all cores; in the order of `candidates`.
  Result<std::vector<Judged<Kernel>>> prepare(const std::vector<Candidate>& candidates);

  // A workload of the held-out family: any, or the one of least work of six.
  Result<Workload> draw(bool small);

  // Bytes and flops of one call, by the task's convention.
  double work(const Workload& workload) const;

  // Smoke and check on small drawn workloads, `rounds` times with new ones, then two draws on each of `workloads`;
  // stops at the first fault. Results carry no times.
  Result<Evaluation> judge(Kernel kernel, int rounds, const std::vector<Workload>& workloads);
  // What only a champion goes through: ghost replay, sensitivity, relations, sanitizers. `checks` says what was found.
  Result<Judged<void>> examine(Kernel kernel, std::vector<TrustCheck>& checks);
  Evaluation refused(const Candidate& candidate, const Fault& fault) const;

  // What each of `draws` calls on the workload gives; every kernel gets the same draws. Answers are kept until
  // `forget`.
  Result<std::vector<CallErrors>> errors(Kernel kernel, const Workload& workload, std::size_t draws);
  void forget(const Workload& workload);

  const Task& task() const;

 private:
  struct State;
  explicit Checker(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Admitted and compiled for the device and no more, on all cores; in the order of `candidates`.
Result<std::vector<Judged<CompileRecord>>> build_only(const Task& task, Device& device,
                                                      const std::vector<Candidate>& candidates);

// A source of the task's folder as a candidate; `flags` replace those of plan and task where given. An Error when the
// plan cannot be read.
Result<Candidate> candidate_of(const Task& task, const TaskSource& source, const Device& device,
                               const std::vector<std::string>& flags = {});

}  // namespace ridge
