#include "measure/decide.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "noise.h"

namespace ridge::measure {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Claim claimed(const Machine& machine, std::uint64_t seed, ClaimSettings settings = {}) {
  const Duel duel = fought(machine, seed, {.goal = claim_margin(settings.sigma_p)});
  return claim(duel.logs(), duel.weights(), settings);
}

TEST(Differs, NoMargin) {
  EXPECT_TRUE(differs({1.002, 1.0001, 1.004}));
  EXPECT_TRUE(differs({0.9, 0.8, 0.999}));
  EXPECT_FALSE(differs({1.01, 1.0, 1.02}));
  EXPECT_FALSE(differs({1, 0, INFINITY}));
}

TEST(Holm, StepsDown) {
  EXPECT_THAT(holm(std::vector<double>{0.01, 0.04, 0.03}, 0.05), ElementsAre(0));
  EXPECT_THAT(holm(std::vector<double>{0.03, 0.001, 0.02}, 0.05), ElementsAre(0, 1, 2));
  EXPECT_THAT(holm(std::vector<double>{0.2, 0.02}, 0.05), ElementsAre(1));
  EXPECT_THAT(holm({}, 0.05), IsEmpty());
}

TEST(Claim, MarginFollowsTheProcessNoise) {
  EXPECT_DOUBLE_EQ(claim_margin(0.001), 0.01);
  EXPECT_DOUBLE_EQ(claim_margin(0.02), 0.04);
}

TEST(Claim, GrantsWhatIsPlain) {
  const Claim c = claimed({.sigma = 0.005, .speedup = {1.05}}, 1);
  EXPECT_TRUE(c.granted) << c.reason;
  EXPECT_NEAR(c.overall.estimate, 1.05, 0.01);
  EXPECT_FALSE(claimed({.sigma = 0.005, .speedup = {1.05}}, 1, {.sigma_p = 0.03}).granted);
}

TEST(Claim, RefusalsComeInOrder) {
  // One workload pays 20 %: under the floor, although the mean gains 40 %.
  const Claim floor = claimed({.sigma = 0.002, .seconds = {1, 1}, .speedup = {2.5, 0.8}}, 1);
  EXPECT_EQ(floor.refusal, Claim::Refusal::below_floor);
  EXPECT_THAT(floor.offenders, ElementsAre(1));
  EXPECT_THAT(floor.reason, HasSubstr("floor of 0.950: 1"));
  // 3 % slower on one: above the floor, but slower beyond doubt.
  const Claim regression = claimed({.sigma = 0.002, .seconds = {1, 1}, .speedup = {1.5, 0.97}}, 1);
  EXPECT_EQ(regression.refusal, Claim::Refusal::regression);
  EXPECT_THAT(regression.offenders, ElementsAre(1));
  const Claim small = claimed({.sigma = 0.002, .seconds = {1, 1}, .speedup = {1.005, 1.005}}, 1);
  EXPECT_EQ(small.refusal, Claim::Refusal::too_small);
  EXPECT_FALSE(claim({}, std::vector<double>{1}, {}).granted);
}

// "No regression" is asked of eight workloads at once: equal ones must not be accused more often than the level says.
TEST(Claim, HolmKeepsManyWorkloadsHonest) {
  const Machine m{.sigma = 0.01, .seconds = std::vector<double>(8, 1e-3), .speedup = {1.2, 1, 1, 1, 1, 1, 1, 1}};
  int accused = 0;
  for (std::uint64_t i = 0; i < 300; ++i) {
    const Duel duel = fought(m, i, {.looks = {16}});
    accused += claim(duel.logs(), duel.weights(), {}).refusal == Claim::Refusal::regression;
  }
  EXPECT_LE(accused, 24);
}

TEST(Claim, EqualKernelsAreNotClaimed) {
  int granted = 0;
  for (std::uint64_t i = 0; i < 2000; ++i) granted += claimed({.sigma = 0.02, .wild_share = 0.05}, i).granted;
  EXPECT_LE(granted, 4);
}

// Two processes of one kernel that differ for as long as they live: no interval sees it, the margin must hold it.
TEST(Claim, ProcessBiasIsHeldByTheMargin) {
  const double sigma_p = 0.01;
  int granted = 0, differing = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const Machine m{.sigma = 0.002, .process_sigma = sigma_p};
    granted += claimed(m, i, {.sigma_p = sigma_p}).granted;
    differing += differs(fought(m, i).estimate());
  }
  EXPECT_GT(differing, 500) << "the bias is large enough to be mistaken for a difference";
  EXPECT_LE(granted, 25) << "one-sided, two sigma: 2.3 %";
}

TEST(Regret, BoundsTheLoss) {
  const std::vector<Interval> three{{1.20, 1.19, 1.21}, {1.205, 1.195, 1.215}, {1.10, 1.09, 1.11}};
  const Regret best = regret_upper(three);
  EXPECT_EQ(best.pick, 1u);
  EXPECT_EQ(best.rival, 0u);
  EXPECT_NEAR(best.upper, 1.20 / 1.205 * std::exp(std::hypot(0.01 / 1.2, 0.01 / 1.2)) - 1, 2e-3);
  EXPECT_GT(regret_upper(three, 2).upper, 0.09);
  const std::vector<Interval> one{{1.2, 1.1, 1.3}};
  EXPECT_EQ(regret_upper(one).upper, 0);
  const std::vector<Interval> open{{1.2, 0, INFINITY}, {1.1, 1.0, 1.2}};
  EXPECT_TRUE(std::isinf(regret_upper(open).upper));
  EXPECT_DEATH((void)regret_upper({}), "finalist");
}

TEST(Regret, TiesGoToTheSimpler) {
  const std::vector<Interval> near{{1.200, 1.199, 1.201}, {1.202, 1.201, 1.203}, {1.15, 1.149, 1.151}};
  EXPECT_EQ(select(near, std::vector<double>{10, 40, 1}).pick, 0u);
  EXPECT_EQ(select(near, std::vector<double>{40, 10, 1}).pick, 1u);
  const std::vector<Interval> unclear{{1.20, 1.1, 1.3}, {1.21, 1.1, 1.3}};
  const Regret r = select(unclear, std::vector<double>{1, 2});
  EXPECT_EQ(r.pick, 1u) << "no choice is safe yet: the best estimate, to be fought again";
  EXPECT_GT(r.upper, 0.01);
}

// The bound holds: the true loss exceeds it rarely.
TEST(Regret, HoldsOnSyntheticFinalists) {
  int exceeded = 0;
  for (std::uint64_t i = 0; i < 300; ++i) {
    const std::vector<double> truth{1.10, 1.105, 1.09, 1.108};
    std::vector<Interval> intervals;
    for (std::size_t j = 0; j < truth.size(); ++j)
      intervals.push_back(fought({.sigma = 0.02, .speedup = {truth[j]}}, 10 * i + j, {.looks = {32}}).estimate());
    const Regret r = regret_upper(intervals);
    exceeded += 1.108 / truth[r.pick] - 1 > r.upper;
  }
  EXPECT_LE(exceeded, 6);
}

}  // namespace
}  // namespace ridge::measure
