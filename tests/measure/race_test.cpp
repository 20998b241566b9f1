// Races over simulated rounds: who is picked, what the bound on the regret is worth, and what it costs.
#include "measure/race.h"

#include <cmath>
#include <random>

#include <gmock/gmock.h>

namespace ridge::measure {
namespace {

using Logs = std::vector<std::optional<double>>;

struct RoundSource {
  std::mt19937_64 rng;
  double sample = 0.01, outliers = 0.03, drift = 0;

  // One palindromic round: drift that grows linearly cancels, so it is one value for all; some visits meet a slow
  // moment.
  Logs round(const std::vector<double>& seconds) {
    std::normal_distribution<double> normal;
    std::uniform_real_distribution<double> unit;
    drift += 0.01 * normal(rng);
    Logs out;
    for (const double t : seconds) {
      double log = std::log(t) + drift + sample * normal(rng);
      if (unit(rng) < outliers) log += 0.3 * unit(rng);
      out.emplace_back(log);
    }
    return out;
  }
};

std::size_t run(Race& race, RoundSource& machine, const std::vector<double>& seconds) {
  std::size_t visits = 0;
  while (!race.over()) {
    for (std::size_t i = 0; i < seconds.size(); ++i) visits += race.racing(i);
    race.add(machine.round(seconds));
  }
  return visits;
}

TEST(Race, ItsPickIsWithinItsBound) {
  int within_tolerance = 0, bound_held = 0, bound_small = 0;
  std::size_t visits = 0;
  constexpr int trials = 200;
  for (int t = 0; t < trials; ++t) {
    RoundSource machine{std::mt19937_64(std::uint64_t(t))};
    std::vector<double> seconds = {20e-3};  // the incumbent is far behind
    std::uniform_real_distribution<double> spread(0, 0.1);
    for (int i = 0; i < 12; ++i) seconds.push_back(1e-3 * std::exp(spread(machine.rng)));
    Race race({}, seconds.size());
    visits += run(race, machine, seconds);
    const std::size_t pick = *race.leader();
    const double truth = seconds[pick] / std::ranges::min(seconds) - 1;
    within_tolerance += truth <= 0.01;
    bound_held += truth <= race.regret_upper(pick) + 1e-12;
    bound_small += race.regret_upper(pick) < 0.01;
  }
  EXPECT_GE(within_tolerance, trials * 97 / 100);
  EXPECT_GE(bound_held, trials * 95 / 100);
  EXPECT_GE(bound_small, trials * 85 / 100);
  // All thirteen in all rounds of a race that goes to its end would be 64 × 13 a trial.
  EXPECT_LE(visits, trials * 13 * 24u);
}

TEST(Race, TheHopelessLeaveAtTheFirstLook) {
  RoundSource machine{std::mt19937_64(1)};
  const std::vector<double> seconds = {1e-3, 1.3e-3, 1.001e-3, 1.2e-3};
  Race race({}, seconds.size());
  for (int i = 0; i < 6; ++i) race.add(machine.round(seconds));
  EXPECT_TRUE(race.racing(0));
  EXPECT_FALSE(race.racing(1));
  EXPECT_TRUE(race.racing(2));
  EXPECT_FALSE(race.racing(3));
  run(race, machine, seconds);
  EXPECT_LE(race.regret_upper(*race.leader()), 0.011);
}

TEST(Race, TheIncumbentStaysForADuelsWorthOfBlocks) {
  RoundSource machine{std::mt19937_64(2)};
  const std::vector<double> seconds = {5e-3, 1e-3, 1.5e-3};
  Race race({}, seconds.size());
  std::size_t rounds = 0;
  while (race.racing(0) && !race.over()) {
    race.add(machine.round(seconds));
    ++rounds;
  }
  EXPECT_EQ(rounds, 8u);
  EXPECT_TRUE(race.over());
  const Interval against = race.ratio(1, 0, 0.0155);
  EXPECT_GT(against.lower, 4.5);
  EXPECT_LT(against.upper, 5.5);
  EXPECT_EQ(against.n, 8u);
}

TEST(Race, EqualOnesEndItWithoutAWinnerThatMatters) {
  RoundSource machine{std::mt19937_64(3)};
  const std::vector<double> seconds(6, 1e-3);
  Race race({}, seconds.size());
  run(race, machine, seconds);
  EXPECT_LE(race.rounds(), 64u);
  EXPECT_LT(race.regret_upper(*race.leader()), 0.02);
}

TEST(Race, WhoFailsIsOutAndNobodysRival) {
  Race race({}, 3);
  for (int i = 0; i < 8; ++i) race.add(Logs{std::log(2.0), i < 3 ? std::optional(0.0) : std::nullopt, std::log(1.5)});
  EXPECT_FALSE(race.racing(1));
  EXPECT_EQ(race.leader(), 2u);
  EXPECT_EQ(race.regret_upper(2), 0);
  Race none({}, 2);
  none.add(Logs{std::nullopt, std::nullopt});
  EXPECT_TRUE(none.over());
  EXPECT_EQ(none.leader(), std::nullopt);
}

TEST(Race, BeforeTheFirstIntervalTheRegretIsOpen) {
  Race race({}, 2);
  EXPECT_EQ(race.leader(), std::nullopt);
  race.add(Logs{0.0, 1.0});
  EXPECT_EQ(race.leader(), 0u);
  EXPECT_TRUE(std::isinf(race.regret_upper(0)));
}

}  // namespace
}  // namespace ridge::measure
