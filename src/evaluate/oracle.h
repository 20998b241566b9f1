// The oracle port: inputs of a draw and the right answers, by the task's reference. The real one runs the compiled
// reference.cpp in a process of its own; tests use answers made in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "kernel/resolve.h"
#include "model/task.h"

namespace ridge {

// One output's answers: doubles for real types, 64-bit integers for integer types; `count` elements in the task's
// shape.
struct Answer {
  std::vector<double> real;
  std::vector<std::int64_t> integer;
  double max_abs = -1;  // largest magnitude; -1: not computed yet
};
// Computes it.
double max_abs_of(const Answer& answer);

// Shape of every buffer for a workload, in the interface's order. An Error names a buffer that no machine could hold.
Result<std::vector<std::vector<std::uint64_t>>> buffer_shapes(const Interface& interface, const Workload& workload);

struct Draw {
  std::uint64_t seed = 0;
  std::vector<std::vector<std::byte>> inputs;  // per task buffer, in order; empty for `out` buffers
  std::vector<Answer> answers;                 // per task buffer; empty for `in` buffers; all empty until asked for
};

class Oracle {
 public:
  virtual ~Oracle() = default;
  // Fills `inputs` from the seed. Buffers' sizes follow from the task's interface and the workload's binding.
  virtual Result<void> inputs(const Workload& workload, Draw& draw) = 0;
  // The same for several draws, side by side where that helps. This one loops.
  struct Made {
    const Workload* workload = nullptr;
    Draw* draw = nullptr;
  };
  virtual Result<void> inputs_of_all(std::span<const Made> requests);
  // Inputs and answers of several draws, likewise.
  virtual Result<void> draws_of_all(std::span<const Made> requests);
  // Fills `answers` from `inputs`.
  virtual Result<void> answers(const Workload& workload, Draw& draw) = 0;
  // metric = "custom": the task's own error of one output.
  virtual Result<double> metric(const Workload& workload, const Draw& draw, std::size_t buffer,
                                std::span<const std::byte> got) = 0;
};

// Compiles the task's reference and starts its worker.
// `time_limit_s`: of one request; a reference that takes longer is stopped, and the request is an Error.
Result<std::unique_ptr<Oracle>> make_oracle(const Task& task, double time_limit_s = 300);

}  // namespace ridge
