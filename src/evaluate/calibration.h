// Does a task's check separate right kernels from wrong ones, and where between them does its tolerance lie? Arithmetic
// over errors that were measured elsewhere (Checker::errors); all errors are taken as shares of the tolerance of their
// own call, so that calls of different size count alike: 1 is the tolerance.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "evaluate/checker.h"

namespace ridge {

enum class KernelKind : std::uint8_t { honest, next_lower, mutant };
std::string_view name(KernelKind k);  // "honest", "next lower precision", "mutant"

// What one kernel did over all workloads and draws.
struct KernelErrors {
  std::string name;  // "seed", "seed -O3 -ffast-math", "half_storage.cpp"
  KernelKind kind = KernelKind::honest;
  struct Output {
    std::string buffer;
    double share = 0;                 // largest error / tolerance; infinity: not finite, or no tolerance at all
    double error = 0, tolerance = 0;  // of the call with the largest share
    std::string workload;
    int beyond = 0;  // calls beyond the tolerance
  };
  std::vector<Output> outputs;  // in the order of the interface
  int calls = 0, noticed = 0;   // noticed: some output beyond its tolerance, or a fault
  std::optional<Fault> fault;   // the first

  void add(const std::string& workload, const CallErrors& call);
  double share() const;  // the largest over outputs
};

// Where one output's tolerance lies.
struct OutputBand {
  std::string buffer, metric, bound;
  double honest_share = 0, honest_error = 0, honest_tolerance = 0;
  std::string honest_by, honest_on;
  // The wrong kernel that this output shows best and that comes nearest to the tolerance; none: no wrong kernel shows
  // here.
  std::optional<double> wrong_share;
  double wrong_error = 0;
  std::string wrong_by;
  double factor() const { return honest_share > 0 ? 1 / honest_share : 0; }  // tolerance over honest error; 0: no error
  std::string place;  // in words: "27 × the worst honest error, 1/41 of the nearest wrong one"
};

struct Calibration {
  std::vector<KernelErrors> kernels;
  std::vector<OutputBand> outputs;
  std::vector<std::string> problems;  // empty: the check separates and its tolerances lie well
  bool separates() const { return problems.empty(); }
};

// Rules, beside right kernels passing and wrong ones being noticed: a tolerance is at least twice the worst honest
// error (other compilers and machines err differently) and, unless the metric is exact or the task's own, at most 200
// times.
inline constexpr double least_factor = 2, most_factor = 200;
Calibration calibrate(const Task& task, std::vector<KernelErrors> kernels);

nlohmann::json to_json(const Calibration& calibration);

}  // namespace ridge
