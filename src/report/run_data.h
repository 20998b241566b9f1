// A run as its report sees it: facts gathered in one pass over the event log, bounded in memory by what a report can
// show.
//
// It works on a run in any state. A run that was killed or still goes on has no summary event; the counts are then
// those of the events, nothing is certified, and `finished` is false.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/archive.h"
#include "model/summary.h"
#include "report/effects.h"

namespace ridge {

struct CurvePoint {
  double elapsed_s = 0;
  double score = 0;  // speed-up over the seed while screening
};
struct PromotionMark {
  double elapsed_s = 0;
  CandidateId candidate;
  std::string op, why;
  double score = 0;
  bool over_champion = false;  // the first champion has nobody to beat
  Interval ratio;              // over the champion before it
  bool demoted = false;
};
struct FailureRow {
  Verdict verdict = Verdict::rejected;
  Reason reason = Reason::none;
  std::int64_t count = 0;
  std::string example;  // what was said of the first one
};
struct OperatorCount {
  std::string op;
  std::int64_t made = 0, judged = 0, ok = 0, promoted = 0;
};
// Duels of one purpose, added up.
struct NoiseRow {
  std::string purpose;
  std::int64_t duels = 0, blocks = 0, dropped = 0, voided = 0, looks = 0;
  int processes = 0;
  double sigma_median = 0, sigma_worst = 0;  // of the combined block statistic
};

// A candidate on the way from the seed to the winner.
struct LineageStep {
  Candidate candidate;
  double score = 0;           // screened, over the seed; 0: none
  bool champion = false;      // promoted, and not demoted later
  std::int64_t children = 0;  // candidates made from it
};
// Measured peaks of the device, per second; 0: unknown.
struct RunCeilings {
  struct Bandwidth {
    std::string level;
    double bytes_per_s = 0;
  };
  std::vector<Bandwidth> bandwidth;
  double flops_f32 = 0, flops_f64 = 0;
  std::string date;
};
// One call of a scored workload by the task's work convention.
struct WorkFacts {
  std::string workload;
  double flops = 0, bytes = 0;
};

struct RunData {
  std::string folder;
  bool finished = false;
  Summary summary;
  std::string started;  // wall clock of the first event
  double elapsed_s = 0;
  int resumed = 0;
  std::int64_t ok = 0, hopeless = 0;

  // Of the run's start: see RunGatherer.
  std::map<std::string, std::string> policy_settings;
  double budget_wall_s = 0;
  std::int64_t budget_evaluations = 0;
  std::vector<std::pair<std::string, std::string>> environment;
  RunCeilings ceilings;
  std::vector<WorkFacts> work;
  double sigma_p = 0;  // spread between processes that claims reckoned with; 0: not calibrated
  std::vector<std::pair<std::string, std::string>> identities;  // "candidate", "task", "binary": label and hash

  std::optional<Candidate> seed, winner;  // winner: the certified one, else the champion, else the best screened
  std::optional<Evaluation> seed_evaluation, winner_evaluation;
  std::vector<LineageStep> lineage;  // the winner's ancestors, oldest first, the winner last; at most 64
  std::vector<CurvePoint> judged;    // every right one
  Effects effects;                   // of the winner's parameters
  std::vector<PromotionMark> promotions;
  std::vector<FailureRow> failures;                // most frequent first
  std::map<std::string, std::int64_t> considered;  // not run, by reason
  std::vector<OperatorCount> operators;
  std::vector<NoiseRow> noise;
  std::optional<Confirmation> confirmation;  // the winner's, else the last one
  std::vector<GateAttempt> gate;
  std::vector<std::string> notes;  // at most 50
};

// Takes events in their order. A run's start carries one JSON object: "spec" (the RunSpec) and "environment" (an
// object; nested ones are flattened to "cpu.model"). Anything absent is left empty: a report of an older run must still
// open.
class RunGatherer {
 public:
  RunGatherer();
  ~RunGatherer();
  void add(const Event& event);
  RunData finish();  // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Reads run.db of a run folder.
Result<RunData> read_run(const std::string& folder);

}  // namespace ridge
