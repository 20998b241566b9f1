// A race: which of several finalists is the best, and how much could another one be better? (protocol step 5,
// selection)
//
// Every finalist is visited twice in each round, in palindromic order (a b c … c b a), so that slow drift of the
// machine cancels between any two of them as it does between the two sides of a duel. A round gives one number for each
// finalist, a log time; only differences within a round are ever used.
//
// At the looks, whoever cannot be better than the leader by more than the tolerance leaves: sampling goes to those who
// still matter (successive rejection, as in Maron and Moore, "Hoeffding races", 1994, with a rank interval in place of
// Hoeffding's bound). The race is over when no one is left who could be.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "measure/signed_rank.h"

namespace ridge::measure {

struct RaceSettings {
  double regret = 0.01;     // tolerance: 0.01 = the best other one may be 1 % faster
  double nominal_p = 0.05;  // two-sided, of the interval of a difference at each look; 6 rounds are needed for it
  std::vector<std::size_t> looks = {6, 8, 12, 16, 24, 32, 48, 64};  // rounds; ascending
  std::size_t incumbent_rounds = 8;  // finalist 0 stays at least so long: a duel against it needs as many blocks
};

class Race {
 public:
  Race(RaceSettings settings, std::size_t finalists);

  // One round: log seconds of every finalist that is still racing (others are ignored); one without a value has failed
  // and is out.
  void add(std::span<const std::optional<double>> logs);

  bool racing(std::size_t finalist) const { return racing_[finalist]; }
  std::size_t rounds() const { return rounds_; }
  bool over() const { return over_; }

  // The one with the best estimate among those still racing; none when all failed or nothing was measured.
  std::optional<std::size_t> leader() const;
  // How much faster than `finalist` the best other one may be, at most (infinite before the first look allows an
  // interval; failed ones are no rivals).
  double regret_upper(std::size_t finalist) const;
  // Speed-up of `finalist` over `over`, from the rounds that both were in.
  Interval ratio(std::size_t finalist, std::size_t over, double nominal_p) const;
  // ln T_slower - ln T_faster, for each round that both were in.
  std::vector<double> differences(std::size_t slower, std::size_t faster) const;

 private:
  void look();

  RaceSettings settings_;
  std::vector<std::vector<double>> logs_;  // [finalist][round]; shorter when it left early
  std::vector<bool> racing_, failed_;
  std::size_t rounds_ = 0;
  bool over_ = false;
};

}  // namespace ridge::measure
