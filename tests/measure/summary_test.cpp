#include "measure/summary.h"

#include <cmath>

#include <gtest/gtest.h>

#include "base/random.h"

namespace ridge::measure {
namespace {

TEST(Summary, OrderStatistics) {
  const std::vector<double> v{4, 1, 3, 2};
  const Summary s = summarize(v);
  EXPECT_DOUBLE_EQ(s.median, 2.5);
  EXPECT_DOUBLE_EQ(s.q1, 1.75);
  EXPECT_DOUBLE_EQ(s.q3, 3.25);
  EXPECT_DOUBLE_EQ(s.min, 1);
  EXPECT_EQ(s.n, 4u);
  EXPECT_EQ(summarize({}).n, 0u);
  EXPECT_DOUBLE_EQ(summarize(std::vector<double>{7}).q3, 7);
}

TEST(HodgesLehmann, IsExactAndRobust) {
  EXPECT_DOUBLE_EQ(hodges_lehmann(std::vector<double>{1, 2, 6}), 2.75);  // means 1 1.5 2 3.5 4 6
  EXPECT_DOUBLE_EQ(hodges_lehmann({}), 0);
  Rng rng(1, "hl");
  std::vector<double> v;
  for (int i = 0; i < 80; ++i) v.push_back(0.01 * rng.normal());
  const double calm = hodges_lehmann(v);
  for (int i = 0; i < 8; ++i) v[std::size_t(i)] = 5 + i;
  EXPECT_NEAR(hodges_lehmann(v), calm, 0.004);
}

TEST(RobustSigma, MatchesNormalNoise) {
  Rng rng(2, "sigma");
  std::vector<double> v;
  for (int i = 0; i < 20000; ++i) v.push_back(3 + 0.5 * rng.normal());
  EXPECT_NEAR(robust_sigma(v), 0.5, 0.02);
  EXPECT_EQ(robust_sigma(std::vector<double>{1}), 0);
}

TEST(LogRatios, SignAndWeights) {
  EXPECT_GT(log_speedup(2, 1), 0);
  EXPECT_NEAR(std::exp(log_speedup(3, 2)), 1.5, 1e-12);
  const std::vector<double> logs{std::log(2.0), std::log(8.0)};
  EXPECT_NEAR(weighted_geometric_mean(logs, std::vector<double>{1, 1}), 4, 1e-12);
  EXPECT_NEAR(weighted_geometric_mean(logs, std::vector<double>{1, 0}), 2, 1e-12);
  EXPECT_DEATH((void)weighted_mean(logs, std::vector<double>{0, 0}), "weights");
}

}  // namespace
}  // namespace ridge::measure
