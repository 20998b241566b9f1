// Where the doctor's duels are fought: the real evaluator over a task of our own, whose kernel's work can be raised by
// an exact share without changing what it computes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "evaluate/evaluator.h"

namespace ridge {

class Arena {
 public:
  static Result<std::unique_ptr<Arena>> open(Device& device);

  // A workload for each duration class that this device can be given one for, the shortest first. Where a call's time
  // really lies is told by its duels.
  const std::vector<std::string>& workloads() const { return workloads_; }
  // The one that tests of power use: long against the clock, short against a scheduler's slice.
  const std::string& middle() const;

  // The kernel with `per_mille` more work: 0, 10 or 30.
  Result<Candidate> kernel(int per_mille);
  struct Order {
    int incumbent = 0, candidate = 0;  // per mille of extra work
    std::string workload;
    std::size_t blocks_per_process = 0;   // 0: as usual
    std::vector<std::size_t> looks = {};  // empty: as usual
    double time_limit_s = 15;
  };
  Result<DuelRecord> duel(const Order& order);

  std::shared_ptr<const Task> task() const { return task_; }

 private:
  std::shared_ptr<const Task> task_;
  std::unique_ptr<Evaluator> evaluator_;
  std::vector<std::string> workloads_;
  MapScope facts_;
  Dialect dialect_ = Dialect::cpp;
};

// The task: `names` picks workloads of it by name; empty: all.
Result<std::shared_ptr<const Task>> doctor_task(const std::vector<std::string>& names, Dialect dialect);
// An evaluator over it, or over simulated zeros on a simulated device.
Result<std::unique_ptr<Evaluator>> doctor_evaluator(std::shared_ptr<const Task> task, Device& device,
                                                    EvaluatorSettings settings);

}  // namespace ridge
