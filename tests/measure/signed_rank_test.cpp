#include "measure/signed_rank.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "base/random.h"

namespace ridge::measure {
namespace {

// The definition itself: all sign patterns of the ranks (no ties), counted.
double p_by_counting(const std::vector<double>& logs) {
  const std::size_t n = logs.size();
  std::vector<std::size_t> rank(n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) rank[i] += std::abs(logs[j]) <= std::abs(logs[i]);
  std::size_t observed = 0, below = 0, above = 0;
  for (std::size_t i = 0; i < n; ++i) observed += logs[i] > 0 ? rank[i] : 0;
  for (std::size_t signs = 0; signs < std::size_t(1) << n; ++signs) {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += signs >> i & 1 ? rank[i] : 0;
    below += sum <= observed;
    above += sum >= observed;
  }
  return std::min(1.0, 2 * double(std::min(below, above)) / double(std::size_t(1) << n));
}

TEST(SignedRank, MatchesCountingAllSigns) {
  Rng rng(1, "signs");
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<double> logs;
    for (std::uint64_t i = 0; i < 3 + rng.below(9); ++i) logs.push_back(rng.normal() + 0.4);
    EXPECT_NEAR(signed_rank_p(logs), p_by_counting(logs), 1e-12);
  }
}

TEST(SignedRank, TiesAndZeros) {
  EXPECT_DOUBLE_EQ(signed_rank_p(std::vector<double>{0, 0, 0}), 1);
  EXPECT_DOUBLE_EQ(signed_rank_p({}), 1);
  EXPECT_DOUBLE_EQ(signed_rank_p(std::vector<double>{1, 1, 1, 1}), 2.0 / 16);
  EXPECT_DOUBLE_EQ(signed_rank_p(std::vector<double>{1, -1, 1, -1}), 1);
  EXPECT_DOUBLE_EQ(signed_rank_p_below(std::vector<double>{-1, -2, -3, -4, 0}), 1.0 / 16);
}

// The interval excludes a shift exactly when the test rejects it.
TEST(SignedRank, IntervalInvertsTheTest) {
  Rng rng(2, "invert");
  for (int trial = 0; trial < 300; ++trial) {
    std::vector<double> logs;
    const std::uint64_t n = 8 + rng.below(40);
    for (std::uint64_t i = 0; i < n; ++i) logs.push_back(0.02 * rng.normal() + 0.004 * rng.normal());
    const Interval interval = signed_rank_interval(logs, 0.0155);
    EXPECT_EQ(interval.lower > 1 || interval.upper < 1, signed_rank_p(logs) <= 0.0155);
    const double inside = std::log(interval.lower) + 1e-9, outside = std::log(interval.lower) - 1e-9;
    EXPECT_GT(signed_rank_p(logs, inside), 0.0155);
    EXPECT_LE(signed_rank_p(logs, outside), 0.0155);
    EXPECT_LE(interval.lower, interval.estimate);
    EXPECT_LE(interval.estimate, interval.upper);
  }
}

TEST(SignedRank, NeedsEightBlocksAtTheNominalLevel) {
  const std::vector<double> seven{.1, .2, .3, .4, .5, .6, .7};
  EXPECT_EQ(signed_rank_interval(seven, 0.0155).lower, 0);
  EXPECT_TRUE(std::isinf(signed_rank_interval(seven, 0.0155).upper));
  const std::vector<double> eight{.1, .2, .3, .4, .5, .6, .7, .8};
  EXPECT_DOUBLE_EQ(signed_rank_interval(eight, 0.0155).lower, std::exp(.1));
  EXPECT_EQ(signed_rank_interval({}, 0.0155).n, 0u);
}

TEST(SignedRank, LargeRowsUseTheNormalApproximation) {
  Rng rng(3, "large");
  std::vector<double> logs;
  for (int i = 0; i < 300; ++i) logs.push_back(0.01 * rng.normal() + 0.001);
  const Interval exact = signed_rank_interval(logs, 0.0155);
  const double p_exact = signed_rank_p(logs);
  logs.push_back(0.001);
  const Interval approximate = signed_rank_interval(logs, 0.0155);
  EXPECT_NEAR(exact.lower, approximate.lower, 1e-4);
  EXPECT_NEAR(exact.upper, approximate.upper, 1e-4);
  EXPECT_NEAR(std::log(p_exact), std::log(signed_rank_p(logs)), 0.3);
}

TEST(SignedRank, CoverageUnderHeavyTails) {
  Rng rng(4, "tails");
  int missed = 0;
  constexpr int trials = 3000;
  for (int trial = 0; trial < trials; ++trial) {
    std::vector<double> logs;
    for (int i = 0; i < 32; ++i) logs.push_back(0.02 + 0.005 * rng.normal() / std::max(0.05, std::abs(rng.normal())));
    const Interval interval = signed_rank_interval(logs, 0.0155);
    missed += std::exp(0.02) < interval.lower || std::exp(0.02) > interval.upper;
  }
  EXPECT_LT(double(missed) / trials, 0.0155 + 3 * std::sqrt(0.0155 / trials));
}

}  // namespace
}  // namespace ridge::measure
