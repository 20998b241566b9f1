#include "base/random.h"

#include <cmath>
#include <limits>
#include <set>

#include <gtest/gtest.h>

namespace ridge {
namespace {

TEST(Rng, ReplaysAndSeparatesPurposes) {
  const auto first = [](std::uint64_t seed, std::string_view purpose, std::uint64_t index) {
    return Rng(seed, purpose, index).bits();
  };
  EXPECT_EQ(first(1, "a", 0), first(1, "a", 0));
  EXPECT_EQ((std::set{first(1, "a", 0), first(2, "a", 0), first(1, "b", 0), first(1, "a", 1), first(1, "", 0)}.size()),
            5u);
}

// Runs must replay on every machine and in every later version: the streams are part of the format.
TEST(Rng, StreamIsFixed) {
  Rng rng(42, "fixed");
  const std::uint64_t a = rng.bits(), b = rng.bits();
  EXPECT_EQ(a, Rng(42, "fixed", 0).bits());
  EXPECT_NE(a, b);
  EXPECT_EQ(a, 14097427071725955635u);
  EXPECT_EQ(b, 10637402930004810777u);
}

TEST(Rng, BelowIsUniform) {
  Rng rng(5);
  int counts[7] = {};
  constexpr int n = 70000;
  for (int i = 0; i < n; ++i) ++counts[rng.below(7)];
  double chi2 = 0;
  for (int c : counts) chi2 += (c - n / 7.0) * (c - n / 7.0) / (n / 7.0);
  EXPECT_LT(chi2, 22.5);  // 0.1 % of a chi-square with 6 degrees
  for (int i = 0; i < 1000; ++i) EXPECT_LT(rng.below((std::uint64_t(1) << 63) + 1), (std::uint64_t(1) << 63) + 1);
}

TEST(Rng, IntegersCoverBothEnds) {
  Rng rng(6);
  std::set<std::int64_t> seen;
  for (int i = 0; i < 200; ++i) seen.insert(rng.integer(-2, 1));
  EXPECT_EQ(seen, (std::set<std::int64_t>{-2, -1, 0, 1}));
  EXPECT_EQ(rng.integer(5, 5), 5);
  (void)rng.integer(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max());
}

TEST(Rng, MomentsOfUnitAndNormal) {
  Rng rng(8);
  double u = 0, m = 0, v = 0;
  constexpr int n = 100000;
  for (int i = 0; i < n; ++i) {
    const double x = rng.unit(), z = rng.normal();
    ASSERT_TRUE(x >= 0 && x < 1 && std::isfinite(z));
    u += x / n;
    m += z / n;
    v += z * z / n;
  }
  EXPECT_NEAR(u, 0.5, 0.004);
  EXPECT_NEAR(m, 0, 0.012);
  EXPECT_NEAR(v, 1, 0.02);
}

TEST(Rng, ShuffleKeepsElements) {
  Rng rng(9);
  std::vector<int> v{1, 2, 3, 4, 5};
  std::set<std::vector<int>> orders;
  for (int i = 0; i < 2000; ++i) {
    rng.shuffle(v);
    orders.insert(v);
  }
  EXPECT_EQ(orders.size(), 120u);
}

TEST(Secret, RevealedSecretsReplay) {
  const Secret secret = Secret::from_entropy();
  EXPECT_EQ(secret.reveal().size(), 64u);
  EXPECT_NE(secret.reveal(), Secret::from_entropy().reveal());
  const Secret again = Secret::from_text(secret.reveal());
  EXPECT_EQ(again.seed("check", 3), secret.seed("check", 3));
  EXPECT_NE(secret.seed("check", 3), secret.seed("check", 4));
  EXPECT_NE(secret.seed("check", 3), secret.seed("gate", 3));
  EXPECT_NE(Secret::from_text("a").seed("x", 0), Secret::from_text("b").seed("x", 0));
  EXPECT_EQ(Secret::from_text(Secret::from_text("a").reveal()).seed("x", 0), Secret::from_text("a").seed("x", 0));
}

}  // namespace
}  // namespace ridge
