#include "optimise/internal/covariance.h"

#include <gtest/gtest.h>

#include "optimise/internal/process.h"
#include "spaces.h"

namespace ridge::optimise {
namespace {

Space mixed() {
  return spaces::of("[tune]\nTILE = [64, 1, 8, 4096]\nONE = [3]\nKIND = [\"a\", \"b\", \"c\"]\n");
}

TEST(Covariance, PlacesFollowTheValuesAndSingleOnesDoNotCount) {
  const Covariance c(mixed());
  ASSERT_EQ(c.dimensions(), 2u);
  EXPECT_TRUE(c.ordered(0));
  EXPECT_FALSE(c.ordered(1));
  const auto place = [&](std::uint32_t value) { return c.place(0, c.classes({value, 0, 0})[0]); };
  EXPECT_EQ(place(1), 0.0);
  EXPECT_EQ(place(3), 1.0);
  EXPECT_LT(place(2), place(0));
  EXPECT_NEAR(place(2), 0.5 * (1.0 / 3 + 0.25), 1e-9) << "half rank, half logarithm";
}

TEST(Covariance, IsOneForEqualsAndFallsWithDistance) {
  const Space space = mixed();
  const Covariance c(space);
  const auto between = [&](const Point& a, const Point& b) {
    return c.between(c.classes(a).data(), c.classes(b).data());
  };
  EXPECT_FLOAT_EQ(between({1, 0, 2}, {1, 0, 2}), 1);
  EXPECT_GT(between({1, 0, 0}, {2, 0, 0}), between({1, 0, 0}, {3, 0, 0}));
  EXPECT_FLOAT_EQ(between({1, 0, 0}, {1, 0, 1}), between({1, 0, 0}, {1, 0, 2}));
  EXPECT_FLOAT_EQ(between({1, 0, 0}, {2, 0, 1}), between({2, 0, 1}, {1, 0, 0}));
}

TEST(Fit, FindsTheTunableThatMatters) {
  const Space space = spaces::grid();
  Covariance c(space);
  Rng rng(1);
  std::vector<Classes> x;
  std::vector<double> y;
  for (int i = 0; i < 40; ++i) {
    const Point p = space.random(rng).value();
    x.push_back(c.classes(p));
    y.push_back(double(p[2]) / 2.5 - 1);
  }
  Fit found;
  fit(c, found, x, y, 2);
  for (const std::size_t other : {0, 1, 3, 4}) EXPECT_LT(c.shape(other).relevance, c.shape(2).relevance) << other;
}

TEST(Process, PassesThroughWhatItSawAndIsUnsureElsewhere) {
  const Space space = spaces::grid();
  const Covariance c(space);
  Process process(c, 1e-3);
  const std::vector<Point> seen = {{0, 0, 0, 0, 0}, {5, 5, 5, 5, 5}, {0, 5, 0, 5, 0}};
  for (const Point& p : seen) process.observe(c.classes(p));
  for (const Point& p : seen) process.add_candidate(c.classes(p));
  process.add_candidate(c.classes({3, 2, 3, 2, 3}));
  Process::Prediction out;
  const std::vector<double> y = {-1, 1, 0.2};
  process.predict(y, out);
  for (int i = 0; i < 3; ++i) {
    EXPECT_NEAR(out.mean[i], y[i], 0.02) << i;
    EXPECT_LT(out.variance[i], 0.01);
  }
  EXPECT_GT(out.variance[3], 0.1);
}

// Rows are added, dropped and added again, candidates come early and late: the numbers are the same to the last bit.
TEST(Process, ItsStateDoesNotDependOnTheWayThere) {
  const Space space = spaces::grid();
  const Covariance c(space);
  Rng rng(4);
  std::vector<Classes> x, pool;
  std::vector<double> y;
  for (int i = 0; i < 30; ++i) x.push_back(c.classes(space.random(rng).value()));
  for (int i = 0; i < 300; ++i) pool.push_back(c.classes(space.random(rng).value()));
  for (int i = 0; i < 20; ++i) y.push_back(rng.normal());
  Process straight(c, 1e-3), winding(c, 1e-3);
  for (const auto& p : pool) straight.add_candidate(p);
  for (const auto& p : x) straight.observe(p);
  for (int i = 0; i < 100; ++i) winding.add_candidate(pool[i]);
  for (int i = 0; i < 10; ++i) winding.observe(x[i]);
  for (int i = 100; i < 300; ++i) winding.add_candidate(pool[i]);
  for (int i = 29; i > 15; --i) winding.observe(x[i]);
  winding.truncate(10);
  for (int i = 10; i < 30; ++i) winding.observe(x[i]);
  Process::Prediction a, b;
  straight.predict(y, a);
  winding.predict(y, b);
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(a.mean[i], b.mean[i]) << i;
    EXPECT_EQ(a.variance[i], b.variance[i]) << i;
  }
}

TEST(Process, PendingPlacesNarrowTheVarianceAndLeaveTheMean) {
  const Space space = spaces::grid();
  const Covariance c(space);
  Process process(c, 1e-3);
  process.observe(c.classes({1, 1, 1, 1, 1}));
  process.observe(c.classes({4, 4, 4, 4, 4}));
  process.add_candidate(c.classes({2, 2, 2, 3, 3}));
  Process::Prediction before, after;
  const std::vector<double> y = {-1, 1};
  process.predict(y, before);
  process.observe(c.classes({2, 2, 2, 3, 2}));
  process.predict(y, after);
  EXPECT_EQ(after.mean[0], before.mean[0]);
  EXPECT_LT(after.variance[0], 0.7 * before.variance[0]);
}

}  // namespace
}  // namespace ridge::optimise
