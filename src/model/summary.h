// The last line of `ridgeline search --json` and the head of every report.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "model/archive.h"

namespace ridge {

struct WorkloadComparison {  // of the claim duel
  std::string name;
  double seed_seconds = 0, best_seconds = 0;  // medians over the duel's visits
  Interval ratio;
  std::optional<RooflinePoint> roofline;  // of the winner
};
struct Summary {
  std::string run, task, device, policy;
  std::uint64_t seed = 0;
  std::string stopped_by;  // "time", "evaluations", "exhausted", "interrupt", "error: …"
  std::int64_t evaluations = 0, duplicates = 0;
  std::map<std::string, std::int64_t> failed;  // by verdict name
  struct Certified {
    CandidateId candidate;
    Interval speedup;  // against the seed
    std::vector<WorkloadComparison> workloads;
    std::vector<std::pair<std::string, Interval>> baselines;  // ratio > 1: faster than the baseline
    int processes = 0, draws = 0;
    int gate_attempts = 0;
    // Among the finalists that were measured against each other: how much faster than the winner the best other one may
    // be, at most (0.01 = 1 %).
    std::optional<double> regret;
    std::vector<WorkloadResult> hidden;
    std::vector<Interval> hidden_ratios;
  };
  std::optional<Certified> certified;  // none: nothing could be claimed
  std::string why_not;                 // when none: in words
  struct Cost {
    // own: the evaluator beyond compiler, kernels, draws and checks; session: what is left of the wall time, which is
    // choosing, recording and reporting.
    double wall_s = 0, compile_s = 0, kernel_s = 0, draw_check_s = 0, own_s = 0, session_s = 0;
  } cost;
};
nlohmann::json to_json(const Summary& summary);
Result<Summary> summary_from_json(const nlohmann::json& json);

}  // namespace ridge
