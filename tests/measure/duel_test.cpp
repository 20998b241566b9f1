#include "measure/duel.h"

#include <limits>

#include <gtest/gtest.h>

#include "measure/decide.h"
#include "noise.h"

namespace ridge::measure {
namespace {

using State = Duel::State;

bool decided(const Duel& duel) {
  return duel.state() == State::differs_faster || duel.state() == State::differs_slower;
}

// Share of duels that end with a difference.
double alarms(const Machine& machine, int duels, std::uint64_t seed = 1000) {
  int n = 0;
  for (int i = 0; i < duels; ++i) n += decided(fought(machine, seed + std::uint64_t(i)));
  return double(n) / duels;
}

Block steady(double incumbent, double candidate) {
  return {{{incumbent, candidate, candidate, incumbent}}, false, 0, 0};
}

TEST(Duel, BlockStatistic) {
  EXPECT_NEAR(block_log({2, 1, 1, 2}), std::log(2), 1e-12);
  EXPECT_NEAR(block_log({1, 1.1, 1.2, 1.3}), 0.5 * std::log(1.3 / (1.1 * 1.2)), 1e-12);
  // A machine that slows down by the same factor from visit to visit favours nobody: A B B A in time.
  EXPECT_NEAR(block_log({1, 1.1, 1.21, 1.331}), 0, 1e-12);
}

TEST(Duel, LooksOnlyAtItsLooks) {
  Duel duel({}, {1});
  for (int i = 0; i < 7; ++i) EXPECT_EQ(duel.add(steady(1, 0.5 + 0.001 * i)), State::more);
  EXPECT_EQ(duel.looks_done(), 0u);
  EXPECT_EQ(duel.add(steady(1, 0.51)), State::differs_faster);
  EXPECT_EQ(duel.looks_done(), 1u);
  EXPECT_EQ(duel.kept(), 8u);
  EXPECT_NEAR(duel.estimate().estimate, 1.98, 0.02);
  EXPECT_EQ(duel.add(steady(1, 5)), State::differs_faster) << "a finished duel takes no more blocks";
  EXPECT_EQ(duel.kept(), 8u);
}

// The whole sequential rule on equal kernels. 2000 duels: the standard error of a share of 5 % is 0.5 %.
TEST(DuelOnEqualKernels, FalseAlarms) {
  EXPECT_LE(alarms({.sigma = 0.01}, 2000), 0.06);
  EXPECT_GE(alarms({.sigma = 0.01}, 2000), 0.02) << "so few alarms mean that power is being wasted";
}
TEST(DuelOnEqualKernels, FalseAlarmsUnderDrift) {
  EXPECT_LE(alarms({.sigma = 0.002, .drift = 0.01}, 2000), 0.06);
}
TEST(DuelOnEqualKernels, FalseAlarmsUnderSteps) {
  EXPECT_LE(alarms({.sigma = 0.003, .step_share = 0.1}, 2000), 0.06);
}
TEST(DuelOnEqualKernels, FalseAlarmsWithWildVisits) {
  EXPECT_LE(alarms({.sigma = 0.005, .wild_share = 0.1}, 2000), 0.06);
}
TEST(DuelOnEqualKernels, FalseAlarmsOverWorkloads) {
  EXPECT_LE(alarms({.sigma = 0.01, .wild_share = 0.05, .seconds = {1e-3, 1e-5, 0.2}, .speedup = {1, 1, 1}}, 1000),
            0.06);
}

TEST(DuelPower, FindsThreePercentSlower) {
  const std::vector<Machine> machines = {
      {.sigma = 0.01}, {.sigma = 0.03}, {.sigma = 0.005, .drift = 0.01}, {.sigma = 0.02, .wild_share = 0.1}};
  for (Machine m : machines) {
    m.speedup = {1 / 1.03};
    int found = 0;
    for (int i = 0; i < 200; ++i) found += fought(m, 50 + std::uint64_t(i)).state() == State::differs_slower;
    EXPECT_GE(found, 190) << "sigma " << m.sigma << " drift " << m.drift << " wild " << m.wild_share;
  }
}

TEST(DuelPower, FindsOnePercentWhereNoiseAllows) {
  int found = 0;
  for (int i = 0; i < 200; ++i)
    found += fought({.sigma = 0.01, .speedup = {1.01}}, 90 + std::uint64_t(i)).state() == State::differs_faster;
  EXPECT_GE(found, 190);
}

TEST(Duel, SwappingRolesInvertsTheSign) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    BlockSource source({.sigma = 0.01, .wild_share = 0.05, .speedup = {seed % 2 ? 1.02 : 0.98}}, seed);
    Duel duel({}, {1}), swapped({}, {1});
    for (int i = 0; i < 64; ++i) {
      Block block = source.next();
      duel.add(block);
      for (auto& v : block.visits) v = {v[1], v[0], v[3], v[2]};
      block.candidate_first = !block.candidate_first;
      swapped.add(block);
    }
    const Interval a = duel.estimate(), b = swapped.estimate();
    EXPECT_NEAR(a.estimate * b.estimate, 1, 1e-12);
    EXPECT_NEAR(a.lower * b.upper, 1, 1e-12);
    EXPECT_EQ(duel.state() == State::differs_faster, swapped.state() == State::differs_slower);
    EXPECT_EQ(duel.state() == State::differs_slower, swapped.state() == State::differs_faster);
  }
}

TEST(Duel, DropsRestlessAndImpossibleBlocks) {
  Duel duel({}, {1});
  Block block = steady(1, 1);
  block.probe_spread = 0.031;
  EXPECT_TRUE(duel.dropped(block));
  block.probe_spread = 0.03;
  EXPECT_FALSE(duel.dropped(block));
  block.probe_spread = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(duel.dropped(block));
  for (double bad : {0.0, -1.0, double(INFINITY), double(NAN)}) EXPECT_TRUE(duel.dropped(steady(1, bad)));
  duel.add(steady(1, 0));
  EXPECT_EQ(duel.dropped_count(), 1u);
  EXPECT_EQ(duel.kept(), 0u);
  EXPECT_EQ(duel.estimate().lower, 0);
}

TEST(Duel, TooManyDroppedVoidIt) {
  Duel duel({}, {1});
  int n = 1;
  while (duel.add(steady(1, -1)) == State::more) ++n;
  EXPECT_EQ(duel.state(), State::void_);
  EXPECT_EQ(n, 3);
  int voided = 0, calm_voided = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    voided += fought({.restless_share = 0.4}, i).state() == State::void_;
    calm_voided += fought({.restless_share = 0.03}, i).state() == State::void_;
  }
  EXPECT_GE(voided, 180);
  EXPECT_LE(calm_voided, 4);
}

TEST(Duel, WeightsCombineWorkloads) {
  const Machine m{.sigma = 0.002, .seconds = {1e-3, 1e-3}, .speedup = {1.10, 1 / 1.10}};
  EXPECT_NEAR(fought(m, 1).estimate().estimate, 1, 0.003);
  Duel duel({}, {3, 1});
  BlockSource source(m, 1);
  while (duel.add(source.next()) == State::more) {
  }
  EXPECT_NEAR(duel.estimate().estimate, std::sqrt(1.10), 0.004);
  ASSERT_EQ(duel.per_workload().size(), 2u);
  EXPECT_GT(duel.per_workload()[0].lower, 1.08);
  EXPECT_LT(duel.per_workload()[1].upper, 0.93);
  EXPECT_EQ(duel.state(), State::differs_faster);
}

TEST(DuelWithGoal, GoesOnUntilTheGoalIsDecided) {
  // A clear 0.6 %: a difference at the first look, out of reach of a goal of 1 % once the interval is short enough.
  const Duel small = fought({.sigma = 0.002, .speedup = {1.006}}, 3, {.goal = 0.01});
  EXPECT_EQ(small.goal(), Duel::Goal::out_of_reach);
  EXPECT_EQ(small.state(), State::differs_faster);
  const Duel large = fought({.sigma = 0.002, .speedup = {1.05}}, 3, {.goal = 0.01});
  EXPECT_EQ(large.goal(), Duel::Goal::reached);
  EXPECT_EQ(large.kept(), 8u);
  const Duel slower = fought({.sigma = 0.002, .speedup = {0.95}}, 3, {.goal = 0.01});
  EXPECT_EQ(slower.goal(), Duel::Goal::out_of_reach);
  EXPECT_EQ(slower.state(), State::differs_slower);
  const Duel equal = fought({.sigma = 0.004}, 5, {.goal = 0.03});
  EXPECT_EQ(equal.goal(), Duel::Goal::out_of_reach);
  EXPECT_LT(equal.kept(), 64u) << "equal kernels need not fight to the end when only a claim is of interest";
  const Duel border = fought({.sigma = 0.03, .speedup = {1.02}}, 4, {.goal = 0.02});
  EXPECT_EQ(border.goal(), Duel::Goal::open);
  EXPECT_EQ(border.kept(), 64u);
  EXPECT_EQ(fought({}, 1).goal(), Duel::Goal::none);
}

TEST(Duel, MisuseIsLoud) {
  EXPECT_DEATH(Duel({}, {0, 0}), "some workload counts");
  EXPECT_DEATH(Duel({}, {1, -1}), "not negative");
  EXPECT_DEATH(Duel({}, {1, 1}).add(steady(1, 1)), "one row of visits");
}

}  // namespace
}  // namespace ridge::measure
