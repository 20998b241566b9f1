#include "evaluate/draws.h"

#include <set>

#include <gmock/gmock.h>

namespace ridge {
namespace {

// Draws of one buffer that holds the seed; every answer costs what the test says, on a simulated clock.
class CountingOracle : public Oracle {
 public:
  explicit CountingOracle(SimulatedClock& clock) : clock_(clock) {}
  Result<void> inputs(const Workload&, Draw& draw) override {
    seeds.insert(draw.seed);
    draw.inputs = {std::vector<std::byte>(bytes)};
    return {};
  }
  Result<void> answers(const Workload&, Draw& draw) override {
    ++answered;
    if (broken) return world("broken");
    clock_.advance(seconds);
    draw.answers = {Answer{{1.0}, {}}};
    return {};
  }
  Result<double> metric(const Workload&, const Draw&, std::size_t, std::span<const std::byte>) override { return 0; }

  double seconds = 0;
  std::size_t bytes = 8;
  bool broken = false;
  std::set<std::uint64_t> seeds;
  int answered = 0;

 private:
  SimulatedClock& clock_;
};

class DrawsTest : public testing::Test {
 protected:
  std::set<std::uint64_t> seeds(std::size_t most) {
    auto window = draws.window(workload, most);
    EXPECT_TRUE(window) << window.error().message;
    std::set<std::uint64_t> out;
    for (const auto& d : *window) {
      EXPECT_FALSE(d->answers.empty());
      out.insert(d->seed);
    }
    EXPECT_EQ(out.size(), window->size());
    return out;
  }

  SimulatedClock clock;
  CountingOracle oracle{clock};
  Draws draws{oracle, Secret::from_text("test"), &clock};
  Workload workload = [] {
    Workload w;
    w.name = "w";
    return w;
  }();
};

TEST_F(DrawsTest, CheapOraclesGiveAsManyAsAreWanted) {
  EXPECT_EQ(seeds(32).size(), 32u);
  EXPECT_EQ(seeds(5).size(), 5u);
}

TEST_F(DrawsTest, SlowOraclesGiveThreeAndNoMore) {
  oracle.seconds = 10;
  EXPECT_EQ(seeds(32).size(), 3u);
  EXPECT_EQ(oracle.answered, 3);
}

TEST_F(DrawsTest, LargeDrawsAreFewer) {
  oracle.bytes = 16 << 20;
  const std::size_t n = seeds(32).size();
  EXPECT_GE(n, 3u);
  EXPECT_LE(n, 6u);
}

TEST_F(DrawsTest, TheWindowMovesAsFastAsItsOracleAllows) {
  const auto before = seeds(32);
  ASSERT_TRUE(draws.renew(workload, 0.02));
  const auto after = seeds(32);
  std::vector<std::uint64_t> gone;
  std::set_difference(before.begin(), before.end(), after.begin(), after.end(), std::back_inserter(gone));
  EXPECT_EQ(gone.size(), 1u);

  oracle.seconds = 0.1;  // five evaluations earn one renewal
  Workload slow = workload;
  slow.name = "slow";
  ASSERT_TRUE(draws.window(slow, 4));
  const int answered = oracle.answered;
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(draws.renew(slow, 0.02));
  EXPECT_GE(oracle.answered - answered, 3);
  EXPECT_LE(oracle.answered - answered, 5);
}

TEST_F(DrawsTest, FreshDrawsNeverRepeatAndHaveNoAnswersUntilAsked) {
  seeds(8);
  for (const char* purpose : {"claim", "gate", "claim"}) {
    const std::size_t known = oracle.seeds.size();
    auto draw = draws.fresh(workload, purpose);
    ASSERT_TRUE(draw);
    EXPECT_EQ(oracle.seeds.size(), known + 1);
    EXPECT_TRUE((*draw)->answers.empty());
    const int answered = oracle.answered;
    ASSERT_TRUE(draws.answer(workload, **draw));
    ASSERT_TRUE(draws.answer(workload, **draw));
    EXPECT_EQ(oracle.answered, answered + 1) << "an answer is computed once";
  }
}

TEST_F(DrawsTest, OneSecretGivesTheSameDrawsAnotherGivesOthers) {
  CountingOracle other_oracle(clock), third_oracle(clock);
  Draws same(other_oracle, Secret::from_text("test"), &clock),
      different(third_oracle, Secret::from_text("test 2"), &clock);
  for (Draws* d : {&draws, &same, &different}) ASSERT_TRUE(d->fresh(workload, "claim"));
  EXPECT_EQ(oracle.seeds, other_oracle.seeds);
  EXPECT_NE(oracle.seeds, third_oracle.seeds);
}

TEST_F(DrawsTest, AnOraclesErrorIsPassedOn) {
  oracle.broken = true;
  const auto window = draws.window(workload, 4);
  ASSERT_FALSE(window);
  EXPECT_EQ(window.error().message, "broken");
}

TEST_F(DrawsTest, WhatTheOracleCostIsAddedUp) {
  oracle.seconds = 0.5;
  seeds(2);
  EXPECT_DOUBLE_EQ(draws.seconds_spent(), 1.0);
}

}  // namespace
}  // namespace ridge
