// A duel: is the candidate faster or slower than the incumbent? (protocol step 4)
//
// Both sides are visited in turn within short blocks, A B B A or B A A B, so that slow drift of the machine cancels
// inside each block instead of favouring whoever ran later. A block gives one number per workload,
//     d = 1/2 (ln A1 + ln A2 - ln B1 - ln B2),      exp(d) = speed-up of the candidate,
// and one for the whole task: their weighted mean (the log of a weighted geometric mean). Decisions are made on that
// number at fixed looks, after 8, 16, 32 and 64 kept blocks, each at nominal two-sided p = 0.0155, which together stay
// under 5 % false alarms. Looking more often, or reading estimate() between looks as if it were a decision, would break
// that.
//
// Blocks on which the machine changed speed are dropped, both sides together, and counted; too many of them void the
// duel. What a duel cannot see is a difference between two *processes* that lasts (layout, pages): the caller restarts
// the pair every 8 blocks or so, and claims keep a margin for it (decide.h).
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "measure/signed_rank.h"

namespace ridge::measure {

struct Block {
  // One row per workload: seconds of A1, B1, B2, A2 (A = incumbent, B = candidate; 1 = earlier, 2 = later visit of that
  // side).
  std::vector<std::array<double, 4>> visits;
  bool candidate_first = false;  // B A A B was run; the columns mean the same
  double probe_spread = 0;       // largest clock probe over smallest, minus 1, over all visits of the block
  int process_pair = 0;          // which pair of processes ran it, for noise_of() in mde.h
};

struct DuelSettings {
  std::vector<std::size_t> looks = {8, 16, 32, 64};  // kept blocks, ascending; a confirmation may leave out early ones
  double nominal_p = 0.0155;                         // two-sided, at each look
  double most_probe_spread = 0.03;
  double most_dropped = 0.20;  // share of all blocks; more voids the duel
  // When set, only one question matters: is the speed-up beyond 1 + goal? The duel then goes on past a mere difference
  // until the whole interval lies on one side of 1 + goal. 0.01 asks for one per cent.
  std::optional<double> goal = std::nullopt;
};

class Duel {
 public:
  enum class State {
    more,
    differs_faster,  // the interval lies above 1: the candidate is faster
    differs_slower,
    undecided,  // the last look is over (or the goal is out of reach) and the interval contains 1
    void_,      // the machine was too restless
  };
  enum class Goal { none, open, reached, out_of_reach };

  // `weights`: one per workload, >= 0, not all zero.
  Duel(DuelSettings settings, std::vector<double> weights);

  // Blocks are judged until the duel is over and ignored afterwards. A visit that is not positive and finite drops its
  // block. Every block needs as many rows as there are weights.
  State add(const Block& block);

  State state() const { return state_; }
  Goal goal() const { return goal_; }
  // Would add() drop this block: restless clock, or a time that is none?
  bool dropped(const Block& block) const;

  Interval estimate() const;                   // of the weighted geometric mean of speed-ups
  std::vector<Interval> per_workload() const;  // at the same nominal level, each for itself
  std::size_t kept() const { return logs_.size(); }
  std::size_t dropped_count() const { return dropped_; }
  std::size_t looks_done() const { return looks_done_; }
  std::span<const double> weights() const { return weights_; }
  const std::vector<std::vector<double>>& logs() const { return logs_; }  // [kept block][workload] = d
  std::vector<double> combined() const;                                   // [kept block]
  double sigma_d() const;  // robust standard deviation of the combined block statistic

 private:
  void look();

  DuelSettings settings_;
  std::vector<double> weights_;
  std::vector<std::vector<double>> logs_;
  std::size_t dropped_ = 0, looks_done_ = 0;
  State state_ = State::more;
  Goal goal_ = Goal::none;
};

// The statistic d of one workload's four visits.
double block_log(const std::array<double, 4>& visits);
// Column `workload` of [block][workload].
std::vector<double> column(const std::vector<std::vector<double>>& logs, std::size_t workload);
// [block] = weighted mean over workloads.
std::vector<double> combined_logs(const std::vector<std::vector<double>>& logs, std::span<const double> weights);

}  // namespace ridge::measure
