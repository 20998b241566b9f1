#include "landscape/compare.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "data.h"

namespace ridge {
namespace {

class Compare : public testing::Test {
 protected:
  static void SetUpTestSuite() { all_ = *read_landscapes(kData); }
  static const Landscape& convolution() { return all_[0]; }
  static const Landscape& pnpoly() { return all_[1]; }
  static std::vector<Landscape> all_;
};
std::vector<Landscape> Compare::all_;

TEST_F(Compare, ScoresCountFailuresAndNeverFall) {
  const auto scores = replay(convolution(), "random", {}, {}, 3, 1, {1, 10, 100, 4362, 9999});
  ASSERT_TRUE(scores);
  EXPECT_TRUE(std::ranges::is_sorted(*scores));
  EXPECT_EQ((*scores)[3], 1.0) << "all were evaluated";
  EXPECT_EQ((*scores)[4], 1.0);
  Landscape failing = pnpoly();
  for (Configuration& c : failing.configurations)
    if (*std::max_element(c.point.begin(), c.point.end()) > 0) c.seconds.reset();
  const auto one = replay(failing, "random", {}, {}, 3, 1, {1, 4092});
  EXPECT_EQ((*one)[0], 0.0) << "what failed counts and scores nothing";
  EXPECT_GT((*one)[1], 0.0);
}

// Means over all seeds are known for random search: the expected best of a sample without replacement.
TEST_F(Compare, RandomSearchIsWhatTheoryExpects) {
  std::vector<double> scores;
  for (const Configuration& c : pnpoly().configurations)
    scores.push_back(c.seconds ? pnpoly().best_seconds / *c.seconds : 0);
  std::ranges::sort(scores);
  const double total = double(scores.size());
  double expected = 0, below = 1;  // P(no sampled one is among those that are better)
  for (std::size_t i = scores.size(); i-- > 0;) {
    double none = 1;  // chance that 25 draws avoid the better ones and this one
    for (int k = 0; k < 25; ++k) none *= std::max(0.0, (double(i) - k) / (total - k));
    expected += scores[i] * (below - none);
    below = none;
  }
  double mean = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed)
    mean += (*replay(pnpoly(), "random", {}, {}, seed, 1, {25}))[0] / 300;
  EXPECT_NEAR(mean, expected, 0.012);
}

TEST_F(Compare, TheDefaultBeatsRandomAndTheTableSaysSo) {
  CompareSettings settings;
  settings.optimisers = {"bayes", "random"};
  settings.seeds = 10;
  settings.budgets = {25, 100};
  const auto result = compare(all_, settings);
  ASSERT_TRUE(result) << result.error().message;
  ASSERT_EQ(result->rows.size(), 2u) << "no landscape has a relative, so no prior";
  const ComparedOptimiser& bayes = result->rows[0];
  ASSERT_EQ(bayes.over_random.size(), 2u);
  EXPECT_GT(bayes.over_random[1].lower, 0);
  EXPECT_TRUE(bayes.over_default.empty());
  EXPECT_LT(result->rows[1].over_default[1].upper, 0);
  EXPECT_NEAR(bayes.over_random[1].mean, bayes.overall[1].mean - result->rows[1].overall[1].mean, 1e-12);
  EXPECT_NEAR(bayes.overall[0].mean, (bayes.landscapes[0][0].mean + bayes.landscapes[1][0].mean) / 2, 1e-12);
  const auto json = to_json(*result);
  EXPECT_EQ(json["optimisers"].size(), 2u);
  EXPECT_EQ(json["landscapes"][0]["failed"], 161);
}

TEST_F(Compare, AnotherDevicesLandscapeIsARowOfItsOwn) {
  std::vector<Landscape> two = {pnpoly(), pnpoly()};
  two[0].name = "here";
  two[1].name = "there";
  CompareSettings settings;
  settings.optimisers = {"bayes", "random"};
  settings.seeds = 3;
  settings.budgets = {5, 25};
  const auto result = compare(two, settings);
  ASSERT_TRUE(result);
  ASSERT_EQ(result->rows.size(), 3u);
  EXPECT_EQ(result->rows[2].name, "bayes with a prior");
  EXPECT_THAT(result->rows[2].priors, testing::ElementsAre("there", "here"));
  EXPECT_EQ(result->rows[2].overall[0].mean, 1.0) << "the same landscape knows the best";
}

TEST_F(Compare, WrongSettingsAreTheUsers) {
  CompareSettings settings;
  settings.optimisers = {"bays"};
  EXPECT_THAT(compare(all_, settings).error().message, testing::HasSubstr("did you mean \"bayes\""));
  settings = {};
  settings.budgets = {50, 25};
  EXPECT_EQ(compare(all_, settings).error().kind, Error::Kind::usage);
}

}  // namespace
}  // namespace ridge
