#include "measure/proportion.h"

#include <cmath>

#include <gtest/gtest.h>

namespace ridge::measure {
namespace {

// Values as tables and other programs print them, 95 % unless said otherwise.
TEST(ClopperPearson, KnownIntervals) {
  struct Row {
    std::size_t hits, trials;
    double lower, upper;
  };
  for (const Row& r : {Row{0, 20, 0, 0.16843}, Row{1, 20, 0.00127, 0.24873}, Row{5, 100, 0.01643, 0.11284},
                       Row{50, 100, 0.39832, 0.60168}, Row{95, 100, 0.88716, 0.98357}, Row{10, 10, 0.69150, 1},
                       Row{0, 300, 0, 0.01222}, Row{3, 300, 0.00207, 0.02894}}) {
    const Proportion p = clopper_pearson(r.hits, r.trials);
    EXPECT_NEAR(p.lower, r.lower, 2e-5) << r.hits << " of " << r.trials;
    EXPECT_NEAR(p.upper, r.upper, 2e-5) << r.hits << " of " << r.trials;
  }
}

TEST(ClopperPearson, EdgesAndLevels) {
  const Proportion none = clopper_pearson(0, 0);
  EXPECT_EQ(none.lower, 0);
  EXPECT_EQ(none.upper, 1);
  EXPECT_EQ(none.share(), 0);
  EXPECT_DOUBLE_EQ(clopper_pearson(3, 12).share(), 0.25);
  // Without hits the interval has a closed form: 1 - (alpha / 2)^(1/n).
  EXPECT_NEAR(clopper_pearson(0, 7, 0.9).upper, 1 - std::pow(0.05, 1.0 / 7), 1e-9);
  EXPECT_NEAR(clopper_pearson(7, 7, 0.9).lower, std::pow(0.05, 1.0 / 7), 1e-9);
  double before = 1;
  for (const double level : {0.5, 0.9, 0.95, 0.99, 0.999}) {
    const Proportion p = clopper_pearson(20, 50, level);
    EXPECT_LT(p.lower, before) << "a surer interval is a wider one";
    before = p.lower;
  }
  // Thousands of trials: no term overflows.
  const Proportion many = clopper_pearson(2500, 5000);
  EXPECT_NEAR(many.lower, 0.5 - 0.0139, 2e-4);
  EXPECT_NEAR(many.upper, 0.5 + 0.0139, 2e-4);
}

// The meaning of the interval: it misses the truth in at most 5 % of all cases, whatever the truth.
TEST(ClopperPearson, CoversAtLeastItsLevel) {
  constexpr std::size_t n = 30;
  for (const double truth : {0.01, 0.05, 0.3, 0.5, 0.95}) {
    double covered = 0;
    for (std::size_t k = 0; k <= n; ++k) {
      const Proportion p = clopper_pearson(k, n);
      if (p.lower > truth || p.upper < truth) continue;
      covered += std::exp(std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(double(n - k) + 1) +
                          double(k) * std::log(truth) + double(n - k) * std::log1p(-truth));
    }
    EXPECT_GE(covered, 0.95) << truth;
  }
}

}  // namespace
}  // namespace ridge::measure
