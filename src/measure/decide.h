// Three decisions that are never mixed (protocol step 5):
//   differs    does the interval exclude 1? No margin: for self-tests and signs.
//   claim      faster beyond a margin that covers what blocks cannot average away, with no workload paying for it.
//   selection  which finalist to take, and how much could be lost by the choice at most.
// All intervals are of speed-ups over one common incumbent (1 = equal).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "measure/signed_rank.h"

namespace ridge::measure {

bool differs(const Interval& interval);

// delta = max(least, 2 sigma_p): two processes running the same code differ by sigma_p (log) for as long as they live.
double claim_margin(double sigma_p, double least = 0.01);

struct ClaimSettings {
  double sigma_p = 0;  // between process pairs, from calibration (mde.h)
  double least_margin = 0.01;
  double nominal_p = 0.0155;     // of the interval, as in the duel that gave the blocks
  double workload_floor = 0.95;  // no workload's estimate may be below this speed-up, however good the others are
  double regression_p = 0.05;    // for "no regression", over all workloads together
};

struct Claim {
  enum class Refusal { none, below_floor, regression, too_small };
  bool granted = false;
  Refusal refusal = Refusal::none;
  double margin = 0;  // delta
  Interval overall;   // weighted geometric mean
  std::vector<Interval> workloads;
  std::vector<std::size_t> offenders;  // workloads below the floor or regressed
  std::string reason;                  // one sentence, in any case
};

// `logs`: [kept block][workload], as Duel::logs(). Checked in this order: every workload's estimate against the floor;
// a regression of any workload (signed-rank test, one-sided, Holm over workloads); lower bound of the weighted
// geometric mean beyond 1 + delta. Workloads of one block stay together in one number, so what they share cancels or
// counts as it did.
Claim claim(const std::vector<std::vector<double>>& logs, std::span<const double> weights,
            const ClaimSettings& settings);

// Which of these p-values are significant together at `level` (Holm 1979).
std::vector<std::size_t> holm(std::span<const double> p, double level);

struct Regret {
  std::size_t pick = 0;   // index of the finalist in question
  std::size_t rival = 0;  // who could be better by that much; the pick itself when there is no rival
  double upper = 0;       // 0.01: at most 1 % slower than the best rival, at the level of the intervals
};

// How much faster than `pick` could the best other finalist be? Each interval comes from a duel of its own, so the
// error bars of a difference add as squares (the MOVER rule, Zou and Donner 2008). Infinite while an interval is open.
// Needs a finalist.
Regret regret_upper(std::span<const Interval> finalists, std::size_t pick);
// The same for the finalist with the best estimate.
Regret regret_upper(std::span<const Interval> finalists);
// The simplest (smallest `complexity`, any unit) among those whose own regret is under `tolerance`; without any such,
// the best estimate. As many complexities as finalists.
Regret select(std::span<const Interval> finalists, std::span<const double> complexity, double tolerance = 0.01);

}  // namespace ridge::measure
