// What the evaluator found out about a candidate, a duel, a confirmation and a gate attempt. All are values with a JSON
// form; a failed candidate is a value like any other.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "kernel/verdict.h"
#include "model/candidate.h"

namespace ridge {

// A ratio of times, > 1 = the candidate is faster.
struct Interval {
  double estimate = 1, lower = 1, upper = 1;
  double level = 0.95;
};

struct Timing {  // seconds of one call, from the parent's stamps
  double median = 0, q1 = 0, q3 = 0, min = 0;
  int n = 0;
  std::string mode;  // "warm" or "cold"
};
struct RooflinePoint {
  double fraction = 0;  // of the ceiling, by the task's work convention; may exceed 1
  std::string bound;    // "memory" or "compute"
  std::string ceiling;  // "L2 48 GB/s"
};
// What the device's counters said about one call, in a process that is never timed. Values are named as measure/
// bottleneck.h lists them, and more of them by device/device.h.
struct KernelCounters {
  std::string kernel;
  std::int64_t launches = 0;             // in a call
  std::map<std::string, double> values;  // of one launch among them
};
struct Counters {
  std::map<std::string, double> values;  // of the whole call, with cold caches
  double compulsory_bytes = 0;           // each input read once, each output written once; 0: not known
  double traffic_ratio = 0;              // bytes to and from DRAM over the compulsory ones; 0: not known
  std::string limit, why;                // what holds it back, by rule
  std::vector<KernelCounters> kernels;   // where there are several launches
  double seconds = 0;                    // that counting took
};
struct WorkloadResult {
  std::string name;
  Verdict verdict = Verdict::ok;
  Reason reason = Reason::none;
  int draws = 0;                     // verified against the oracle
  std::vector<std::uint64_t> seeds;  // of draws that can be replayed; confirmation and gate record them
  double worst_error = 0, tolerance = 0;
  std::optional<Timing> timing;
  std::optional<RooflinePoint> roofline;
  double floor_seconds = 0;
  std::optional<Counters> counters;
  std::map<std::string, Number> binding;  // only once it may be known: public workloads, or after the run
};
struct CompileRecord {
  double seconds = 0;
  int unit = 1;  // candidates in the translation unit
  bool cached = false;
  std::string binary;  // "b:…"
  std::map<std::string, std::string> facts;
};
struct Diagnostic {
  std::string stage, text;
};
struct Score {
  std::string name = "speedup_gmean", unit = "1", against = "seed";
  double value = 0;
};

// Where the wall time of a job went; the four add up to it. `own_s` is whatever is neither a compiler nor a kernel nor
// a draw or check: processes, staging of plans, waiting for a calm machine.
struct JobCost {
  double compile_s = 0, kernel_s = 0, draw_check_s = 0, own_s = 0;
  JobCost& operator+=(const JobCost& more) {
    compile_s += more.compile_s;
    kernel_s += more.kernel_s;
    draw_check_s += more.draw_check_s;
    own_s += more.own_s;
    return *this;
  }
};

struct Evaluation {
  CandidateId candidate;
  DeviceId device;
  Verdict verdict = Verdict::ok;
  Reason reason = Reason::none;
  CompileRecord compile;
  std::vector<WorkloadResult> workloads;
  std::optional<Score> score;  // only when ok
  std::vector<Diagnostic> diagnostics;
  std::optional<CandidateId> duplicate_of;
  bool hopeless = false;  // screening stopped early: slower than the incumbent beyond doubt
  JobCost cost = {};
};

enum class DuelOutcome : std::uint8_t { faster, slower, undecided, voided, failed };
std::string_view name(DuelOutcome o);
std::optional<DuelOutcome> duel_outcome_of(std::string_view name);
struct DuelRecord {
  CandidateId incumbent, candidate;
  std::string purpose;  // promote, claim, select, baseline, sentinel, gate
  std::vector<std::string> workloads;
  // visits[block][workload] = seconds of A1, B1, B2, A2 (A = incumbent)
  std::vector<std::vector<std::array<double, 4>>> visits;
  int looks = 0, dropped = 0, processes = 0;
  DuelOutcome outcome = DuelOutcome::undecided;
  Interval ratio;  // weighted geometric mean over workloads
  std::vector<Interval> per_workload;
  bool differs = false;
  double sigma_d = 0;          // of the combined block statistic
  std::optional<Fault> fault;  // outcome failed: whose call went wrong is in the text
  bool fault_is_incumbent = false;
  JobCost cost = {};  // none of a duel that is part of something else (a race, a confirmation)
};

// What one trust mechanism found out about a champion.
enum class CheckOutcome : std::uint8_t { held, failed, not_possible };
std::string_view name(CheckOutcome o);
std::optional<CheckOutcome> check_outcome_of(std::string_view name);
struct TrustCheck {
  std::string mechanism;  // "address sanitizer", "ghost replay", …
  CheckOutcome outcome = CheckOutcome::held;
  std::string detail;  // what was found, or why it could not be done here
};

// Fresh build, fresh processes, fresh draws; then a claim duel against the seed and each baseline.
struct Confirmation {
  CandidateId candidate;
  bool passed = false;   // right everywhere
  bool claimed = false;  // lower bound beyond 1 + delta, no workload regressed beyond doubt
  double delta = 0.01;
  int processes = 0, draws = 0;
  std::vector<WorkloadResult> workloads;
  std::optional<DuelRecord> against_seed;
  std::vector<std::pair<std::string, DuelRecord>> against_baselines;
  std::vector<TrustCheck> checks;
  std::optional<Fault> fault;       // why it did not pass; of a hidden workload only the reason's class
  std::string binary, seed_binary;  // SHA-256 of the images that were built for this, in hexadecimal
  std::vector<Diagnostic> diagnostics;
  JobCost cost = {};
};
struct GateAttempt {
  CandidateId candidate;
  int attempt = 1;  // of at most three in a run
  bool passed = false;
  std::vector<WorkloadResult> workloads;  // "hidden-1" …; bindings only after the run
  std::vector<Interval> ratios;           // against the seed, per hidden workload
  Reason reason = Reason::none;           // class only
  JobCost cost = {};
};

nlohmann::json to_json(const Evaluation& e);
nlohmann::json to_json(const DuelRecord& d);
nlohmann::json to_json(const Confirmation& c);
nlohmann::json to_json(const GateAttempt& g);
Result<Evaluation> evaluation_from_json(const nlohmann::json& j);
Result<DuelRecord> duel_from_json(const nlohmann::json& j);
Result<Confirmation> confirmation_from_json(const nlohmann::json& j);
Result<GateAttempt> gate_from_json(const nlohmann::json& j);

}  // namespace ridge
