#include "report/effects.h"

#include <gmock/gmock.h>

namespace ridge {
namespace {

Observation tried(std::int64_t tile, std::int64_t wide, double score, std::uint64_t context = 1) {
  return {{{"TILE", tile}, {"WIDE", wide}}, context, score};
}
const Parameters kWinner = {{"TILE", std::int64_t(16)}, {"WIDE", std::int64_t(4)}};

const ParameterEffect& of(const Effects& all, const std::string& name) {
  for (const ParameterEffect& p : all.parameters)
    if (p.name == name) return p;
  static const ParameterEffect none;
  ADD_FAILURE() << name << " is not there";
  return none;
}

// score = 2^(TILE is 16) · 1.1^(WIDE is 4), fully crossed: both numbers tell the truth.
TEST(Effects, FindWhatMatteredInAFullFactorial) {
  const Effects e = effects_of({tried(8, 1, 1), tried(8, 4, 1.1), tried(16, 1, 2), tried(16, 4, 2.2)}, kWinner);
  EXPECT_EQ(e.right, 4);
  ASSERT_EQ(e.parameters.size(), 2u);
  EXPECT_EQ(e.parameters[0].name, "TILE");
  EXPECT_NEAR(of(e, "TILE").matched, 2, 1e-12);
  EXPECT_EQ(of(e, "TILE").groups, 2);
  EXPECT_NEAR(of(e, "WIDE").matched, 1.1, 1e-12);
  EXPECT_NEAR(of(e, "TILE").explained + of(e, "WIDE").explained, 1, 1e-12);
  EXPECT_GT(of(e, "TILE").explained, 0.95);
  EXPECT_EQ(of(e, "TILE").chosen, "16");
  EXPECT_TRUE(of(e, "TILE").values[1].chosen);
  EXPECT_NEAR(of(e, "TILE").values[1].median, 2.1, 1e-12);
}

// WIDE does nothing, but was only tried at 4 together with the good TILE: "alone" is deceived, the matched factor is
// not.
TEST(Effects, CompanyDeceivesTheShareButNotTheMatchedFactor) {
  const Effects e = effects_of(
      {tried(8, 1, 1), tried(8, 1, 1, 2), tried(16, 4, 2), tried(16, 4, 2, 2), tried(16, 1, 2, 3), tried(16, 4, 2, 3)},
      kWinner);
  EXPECT_GT(of(e, "WIDE").explained, 0.4);
  EXPECT_EQ(of(e, "WIDE").groups, 1);
  EXPECT_NEAR(of(e, "WIDE").matched, 1, 1e-12);
}

TEST(Effects, OtherTunablesAndSingleValuesStayOut) {
  Observation other = tried(8, 1, 9);
  other.parameters["MORE"] = std::int64_t(1);
  const Effects e = effects_of({tried(8, 4, 1), tried(16, 4, 2), other}, kWinner);
  EXPECT_EQ(e.right, 2);
  ASSERT_EQ(e.parameters.size(), 1u);
  EXPECT_EQ(e.parameters[0].name, "TILE");
  EXPECT_TRUE(effects_of({}, kWinner).parameters.empty());
  EXPECT_TRUE(effects_of({tried(8, 1, 1)}, {}).parameters.empty());
}

TEST(Effects, FailuresAreCountedByValue) {
  const Effects e = effects_of({tried(8, 4, 0), tried(8, 1, 0), tried(16, 4, 2), tried(16, 1, 2)}, kWinner);
  EXPECT_EQ(e.failed, 2);
  const ParameterEffect& tile = of(e, "TILE");
  EXPECT_EQ(tile.values[0].count, 0);
  EXPECT_EQ(tile.values[0].failed, 2);
  EXPECT_EQ(tile.explained, 0);
  EXPECT_EQ(tile.groups, 0);
}

}  // namespace
}  // namespace ridge
