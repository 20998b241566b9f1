// What `ridgeline bench` found out: one search for each task, policy and seed of a sweep, and what they say together.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "report/run_data.h"

namespace ridge {

// Everything that makes two sweeps comparable; a sweep can only be gone on with when this is equal.
struct BenchSpec {
  std::string suite, device;
  std::vector<std::string> tasks, policies;  // ids; names
  std::uint64_t first_seed = 1;
  int seeds = 1;                 // seeds first_seed, first_seed + 1, … for every task and policy
  double budget_s = 60;          // of one search
  std::int64_t evaluations = 0;  // 0 = no limit
};
nlohmann::json to_json(const BenchSpec& spec);

struct BenchWorkload {
  std::string name;
  double seed_s = 0, best_s = 0;          // seconds of one call
  std::optional<Interval> ratio;          // of the claim; none: screening times, which claim nothing
  std::optional<RooflinePoint> roofline;  // of the best kernel
};
// One search.
struct BenchCell {
  enum class State : std::uint8_t { waiting, done, interrupted, failed };
  std::string task, policy;
  std::uint64_t seed = 1;
  State state = State::waiting;
  std::string run;    // folder of the run, inside the sweep's folder
  std::string error;  // failed: what the world or the task did
  std::vector<BenchWorkload> workloads;
  std::optional<Interval> claim;  // of the speed-up over the seed
  std::string why_not;            // no claim: in words
  std::string winner;             // parameters of the best kernel, "WIDE=8 UNROLL=4"
  int hidden_right = 0, hidden = 0, gate_attempts = 0;
  std::optional<double> hidden_ratio;  // geometric mean over the hidden workloads
  std::int64_t evaluations = 0;
  double seconds = 0;
  std::string stopped_by;
};
std::string_view name(BenchCell::State state);
// What the cell's run says; task, policy, seed and run of `cell` stay.
void fill(BenchCell& cell, const RunData& run);

// Policies of a sweep against its first one, matched by task and seed: the ratio of what they claimed (1 where nothing
// was claimed).
struct PolicyComparison {
  std::string policy, against;
  Interval ratio;  // > 1: better than `against`; with fewer than six pairs the ends are open (0 and infinity)
  int pairs = 0;
};

struct BenchResults {
  BenchSpec spec;
  std::string started;  // wall clock
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<BenchCell> cells;
};
std::vector<PolicyComparison> compare_policies(const BenchResults& results);
// Geometric mean of the claims over the cells that are done (1 where nothing was claimed); 0: none is done.
double mean_claim(const BenchResults& results, std::string_view policy);

nlohmann::json to_json(const BenchResults& results);
std::string bench_text(const BenchResults& results);
// One offline page: escaped, no scripts, nothing from outside, light and dark.
std::string bench_html(const BenchResults& results);

}  // namespace ridge
