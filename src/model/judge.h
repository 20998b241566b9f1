// The Judge port: whoever needs a verdict submits a job and later collects its result, without seeing the evaluator.
// Jobs and results are values; the same port serves the session's loop, operators with an inner loop, simulations and,
// later, remote workers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/evaluation.h"

namespace ridge {

struct ScreenJob {
  Candidate candidate;
  std::optional<CandidateId> incumbent;  // screening may stop early when clearly slower than this one
};
// Of a duel's time limit, for its first look at the result, which is after so many blocks: without it the duel was for
// nothing.
inline constexpr double first_look_share = 4;
inline constexpr std::size_t first_look_blocks = 8;
struct DuelJob {
  Candidate incumbent, candidate;
  std::string purpose = "promote";
  double goal = 0;  // stop as soon as the interval decides against 1 + goal
  double time_limit_s = 60;
  std::vector<std::string> workloads = {};  // of the task; empty: the scored ones
  std::vector<std::size_t> looks = {};      // empty: the usual ones (measure/duel.h)
  std::size_t blocks_per_process = 0;       // 0: as usual
};
// Finalists measured in turn, all on the same draws, until the best of them is known to within `regret`.
struct RaceJob {
  std::vector<Candidate> candidates;  // at least two; the first is the incumbent
  double regret = 0.01;
  double time_limit_s = 10;
};
struct ConfirmJob {
  Candidate candidate, seed;
  double time_limit_s = 60;
};
struct GateJob {
  Candidate candidate, seed;
  int attempt = 1;
};
struct Race {
  // Every other candidate's record against the incumbent, in the order of the job: they share the incumbent's visits.
  std::vector<DuelRecord> duels;
  CandidateId pick;   // empty when none of them could be measured
  double regret = 0;  // how much faster than the pick the best other one may be, at most
  std::size_t rounds = 0;
  JobCost cost = {};
};
using JudgeJob = std::variant<ScreenJob, DuelJob, RaceJob, ConfirmJob, GateJob>;
using JudgeResult = std::variant<Evaluation, DuelRecord, Race, Confirmation, GateAttempt>;

using JobId = std::uint64_t;
struct Completion {
  JobId job = 0;
  JudgeResult result;
};

class Judge {
 public:
  virtual ~Judge() = default;
  virtual JobId submit(JudgeJob job) = 0;
  // Waits until at least one submitted job is done (or nothing is in flight: an empty answer). An Error is the world's
  // fault.
  virtual Result<std::vector<Completion>> poll() = 0;
  // A job not yet begun is dropped; its completion will not come. False if it was too late.
  virtual bool cancel(JobId job) = 0;
};

}  // namespace ridge
