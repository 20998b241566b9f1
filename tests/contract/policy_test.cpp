// What every row of the policy table keeps. A new policy is tested here by being in the table.
#include "policy/policy.h"

#include <gmock/gmock.h>

#include "../policy/landscape.h"

namespace ridge {
namespace {

class PolicyContract : public testing::TestWithParam<PolicyRow> {
 protected:
  landscape::Outcome run(const Task& task, landscape::Loop::Score score, std::uint64_t seed, std::size_t budget,
                         std::size_t slots = 1) {
    return landscape::run(task, std::move(score), GetParam().name, seed, budget, slots);
  }
};

TEST_P(PolicyContract, RowsDescribeThemselvesAndTheirSettings) {
  EXPECT_FALSE(GetParam().name.empty());
  EXPECT_FALSE(GetParam().description.empty());
  for (const Setting& s : GetParam().settings) {
    EXPECT_FALSE(s.meaning.empty()) << s.name;
    EXPECT_LE(s.least, s.standard) << s.name;
    EXPECT_GE(s.most, s.standard) << s.name;
    for (const double value : {s.least, s.most}) {
      const auto policy = make_policy(GetParam().name, {{std::string(s.name), value}});
      EXPECT_TRUE(policy) << s.name << " = " << value;
    }
  }
}

TEST_P(PolicyContract, SmallSpacesAreSearchedToTheirEndWithoutRepetition) {
  const Task task = landscape::task(
      "constraints = [\"AA + BB <= 6\"]\n[tune]\nAA = [1, 2, 3, 4]\nBB = [1, 2, 3, 4]\nCC = [\"x\", \"y\"]");
  for (const std::size_t slots : {1, 3, 16}) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const auto out = run(task, [](const Parameters& p) { return landscape::of(p, "AA"); }, seed, 1000, slots);
      EXPECT_TRUE(out.exhausted);
      EXPECT_EQ(out.judged, 26u) << slots << " slots, seed " << seed;
      EXPECT_EQ(out.repeated, 0u);
      EXPECT_EQ(out.over_asked, 0u);
      EXPECT_EQ(out.best, 4.0);
    }
  }
}

TEST_P(PolicyContract, SameSeedSameDecisions) {
  const auto a = run(landscape::separable_task(), landscape::separable, 3, 150, 4);
  const auto b = run(landscape::separable_task(), landscape::separable, 3, 150, 4);
  const auto c = run(landscape::separable_task(), landscape::separable, 4, 150, 4);
  EXPECT_EQ(a.log, b.log);
  if (GetParam().name != "exhaustive") {
    EXPECT_NE(a.log, c.log);
  }
}

TEST_P(PolicyContract, GoesOnWhenEverythingFails) {
  const auto out = run(landscape::separable_task(), [](const Parameters&) { return 0.0; }, 1, 200, 2);
  EXPECT_EQ(out.judged, 200u);
}

TEST_P(PolicyContract, ASpaceOfOnePointEndsAtOnce) {
  const auto out = run(landscape::task(""), [](const Parameters&) { return 1.0; }, 1, 100, 2);
  EXPECT_TRUE(out.exhausted);
  EXPECT_EQ(out.judged, 1u);
}

TEST_P(PolicyContract, NoSlotsNoDecisions) {
  MemoryArchive archive;
  Rng rng(1);
  auto policy = *make_policy(GetParam().name);
  EXPECT_TRUE(policy->plan(archive, 0, rng).empty());
  EXPECT_FALSE(policy->exhausted());
}

INSTANTIATE_TEST_SUITE_P(Table, PolicyContract, testing::ValuesIn(policies().begin(), policies().end()),
                         [](const auto& row) {
                           std::string name(row.param.name);
                           std::erase_if(name, [](char c) { return c == '-'; });
                           return name;
                         });

}  // namespace
}  // namespace ridge
