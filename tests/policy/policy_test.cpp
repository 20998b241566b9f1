#include "policy/policy.h"

#include <gmock/gmock.h>

#include "landscape.h"

namespace ridge {
namespace {

using testing::HasSubstr;

double mean_until_optimum(std::string_view policy, const Settings& settings = {}) {
  double sum = 0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const auto out =
        landscape::run(landscape::separable_task(), landscape::separable, policy, seed, 1296, 1, settings, 1.0);
    EXPECT_EQ(out.best, 1.0) << policy << " seed " << seed;
    sum += double(out.best_at);
  }
  return sum / 30;
}

TEST(Policy, LocalSearchFindsASeparableOptimumFasterThanRandom) {
  const double random = mean_until_optimum("random");
  const double one_plus_one = mean_until_optimum("one-plus-one");
  const double best_of_n = mean_until_optimum("best-of-n");
  RecordProperty("random", std::to_string(random));
  RecordProperty("one_plus_one", std::to_string(one_plus_one));
  RecordProperty("best_of_n", std::to_string(best_of_n));
  EXPECT_NEAR(random, 648, 200) << "the mean place of one point of 1296 in a random order";
  EXPECT_LT(one_plus_one, random / 4);
  EXPECT_LT(best_of_n, random / 2);
}

// Two hills, the higher one far from where the first sample mostly leads.
TEST(Policy, OnePlusOneLeavesALocalOptimum) {
  const auto two_hills = [](const Parameters& p) {
    const double a = landscape::of(p, "AA") + landscape::of(p, "BB"),
                 b = landscape::of(p, "CC") + landscape::of(p, "DD");
    return a + b >= 19 ? 100.0 + a + b : 20.0 - a - b;
  };
  for (std::uint64_t seed = 0; seed < 10; ++seed)
    EXPECT_GE(landscape::run(landscape::separable_task(), two_hills, "one-plus-one", seed, 1296).best, 119) << seed;
}

TEST(Policy, OnePlusOneBeginsWithRandomPoints) {
  const auto out = landscape::run(landscape::separable_task(), landscape::separable, "one-plus-one", 1, 30, 1,
                                  {{"initial", 5}, {"explore", 0}});
  std::vector<std::string> decisions;
  for (const std::string& line : out.log)
    if (line.starts_with("tune")) decisions.push_back(line);
  ASSERT_GT(decisions.size(), 10u);
  for (int i = 0; i < 5; ++i) EXPECT_THAT(decisions[i], HasSubstr("random"));
  for (int i = 5; i < 10; ++i) EXPECT_THAT(decisions[i], HasSubstr("neighbours"));
}

TEST(Policy, BestOfNWaitsForItsRound) {
  auto policy = *make_policy("best-of-n", {{"n", 4}});
  MemoryArchive archive;
  Rng rng(1);
  EXPECT_EQ(policy->plan(archive, 3, rng).at(0).wanted, 3u);
  Candidate c;
  c.id = "c:1";
  policy->observe(Event{1, "", 0, CandidateAdded{c}});
  EXPECT_EQ(policy->plan(archive, 3, rng).at(0).wanted, 1u);
  EXPECT_TRUE(policy->plan(archive, 3, rng).empty());
  Evaluation e;
  e.candidate = "c:1";
  policy->observe(Event{2, "", 0, e});
  EXPECT_EQ(policy->plan(archive, 3, rng).at(0).wanted, 3u);
}

TEST(Policy, WhatWasInFlightBeforeAResumeIsNotWaitedFor) {
  auto policy = *make_policy("best-of-n", {{"n", 1}});
  MemoryArchive archive;
  Rng rng(1);
  EXPECT_EQ(policy->plan(archive, 1, rng).size(), 1u);
  Candidate c;
  c.id = "c:1";
  policy->observe(Event{1, "", 0, CandidateAdded{c}});
  EXPECT_TRUE(policy->plan(archive, 1, rng).empty());
  policy->observe(Event{2, "", 0, RunResumed{}});
  EXPECT_EQ(policy->plan(archive, 1, rng).size(), 1u);
}

TEST(Policy, NamesAndSettingsAreChecked) {
  EXPECT_THAT(make_policy("randon").error().message, HasSubstr("did you mean \"random\"?"));
  EXPECT_THAT(make_policy("one-plus-one", {{"explor", 1}}).error().message, HasSubstr("did you mean \"explore\"?"));
  EXPECT_THAT(make_policy("one-plus-one", {{"explore", 1.5}}).error().message,
              HasSubstr("expected a number from 0 to 1"));
  EXPECT_THAT(make_policy("one-plus-one", {{"explore", std::nan("")}}).error().message, HasSubstr("expected a number"));
  EXPECT_THAT(make_policy("best-of-n", {{"n", 2.5}}).error().message, HasSubstr("expected an integer"));
}

}  // namespace
}  // namespace ridge
