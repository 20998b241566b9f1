#include "kernel/space.h"

#include <cmath>
#include <map>
#include <set>

#include <gmock/gmock.h>

#include "sample_plans.h"

namespace ridge {
namespace {

using testing::HasSubstr;

Plan plan_of(const std::string& head) {
  return parse_plan(head + "\n[[stage]]\n[[stage.op]]\nlaunch = \"f\"\n", "x").value();
}
Space space(const std::string& head) {
  const auto s = Space::make(plan_of(head), samples::facts());
  RIDGE_CHECK(s.has_value(), s ? "" : s.error().message);
  return *s;
}

const char* const tiles =
    "constraints = [\"TILE % WIDE == 0\", \"TILE * WIDE <= 64\", \"WIDE <= dev.cores\"]\n[tune]\nTILE = [16, 8, 32, "
    "4]\nWIDE = [1, 2, 4, 8]\nKIND = [\"a\", \"b\", \"c\"]\nFAST = [true, false]\n";

TEST(Space, EnumeratesExactlyTheValidPoints) {
  const Space s = space(tiles);
  std::set<Point> listed;
  std::optional<Point> before;
  for (auto p = s.next(std::nullopt); p; p = s.next(p)) {
    EXPECT_TRUE(s.valid(*p));
    if (before) {
      EXPECT_LT(*before, *p);
    }
    before = p;
    listed.insert(*p);
  }
  std::size_t counted = 0;
  for (std::uint32_t a = 0; a < 4; ++a)
    for (std::uint32_t b = 0; b < 4; ++b)
      for (std::uint32_t c = 0; c < 3; ++c)
        for (std::uint32_t d = 0; d < 2; ++d) counted += s.valid({a, b, c, d});
  EXPECT_EQ(listed.size(), counted);
  EXPECT_GT(counted, 20u);
  EXPECT_EQ(s.cartesian_size(), 96.0);
}

TEST(Space, NeighboursDifferByOneStep) {
  const Space s = space(tiles);
  // TILE is listed as 16, 8, 32, 4: its steps follow the values.
  const auto near = s.neighbours({1, 1, 0, 0});
  EXPECT_THAT(near,
              testing::UnorderedElementsAre(Point{0, 1, 0, 0}, Point{3, 1, 0, 0}, Point{1, 0, 0, 0}, Point{1, 2, 0, 0},
                                            Point{1, 1, 1, 0}, Point{1, 1, 2, 0}, Point{1, 1, 0, 1}));
}

TEST(Space, ParametersAndPointsAreTwoForms) {
  const Space s = space(tiles);
  for (auto p = s.next(std::nullopt); p; p = s.next(p)) EXPECT_EQ(s.point(s.parameters(*p)).value(), *p);
  EXPECT_THAT(s.point({{"TILE", std::int64_t(8)}}).error().message, HasSubstr("WIDE: the tunable has no value"));
  EXPECT_THAT(s.point({{"TIEL", std::int64_t(8)}}).error().message, HasSubstr("did you mean \"TILE\"?"));
}

TEST(Space, RandomIsUniformOverValidPoints) {
  const Space s = space("constraints = [\"AA + BB == 3\"]\n[tune]\nAA = [0, 1, 2, 3]\nBB = [0, 1, 2, 3]\n");
  Rng rng(5);
  std::map<Point, int> seen;
  for (int i = 0; i < 4000; ++i) ++seen[s.random(rng).value()];
  ASSERT_EQ(seen.size(), 4u);
  for (const auto& [p, n] : seen) EXPECT_NEAR(n, 1000, 150);
}

TEST(Space, DefaultsAreTheNearestValidPoint) {
  EXPECT_EQ(space(tiles).defaults(), (Point{0, 0, 0, 0}));
  EXPECT_EQ(space("constraints = [\"AA >= 3\"]\n[tune]\nAA = [1, 2, 3, 4]\n").defaults(), Point{2});
  EXPECT_EQ(space("").defaults(), Point{});
  EXPECT_EQ(space("").next(std::nullopt), Point{});
  EXPECT_EQ(space("").next(Point{}), std::nullopt);
}

TEST(Space, EmptyAndBrokenSpacesSayWhy) {
  const auto none = Space::make(plan_of("constraints = [\"AA > 9\"]\n[tune]\nAA = [1, 2]\n"), samples::facts());
  EXPECT_THAT(none.error().message, HasSubstr("\"AA > 9\" is false at the defaults (AA=1)"));
  const auto broken = Space::make(plan_of("constraints = [\"AA // 0 == 1\"]\n[tune]\nAA = [1, 2]\n"), samples::facts());
  EXPECT_THAT(broken.error().message, HasSubstr("at the defaults: "));
}

// 20 tunables of 32 values: no listing could end, and the answers still come at once.
TEST(Space, HugeSpacesAnswerQuickly) {
  std::string head = "[tune]\n";
  for (int i = 0; i < 20; ++i) {
    head += "P" + std::to_string(i) + " = [";
    for (int v = 0; v < 32; ++v) head += std::to_string(v) + (v < 31 ? ", " : "]\n");
  }
  const Space free = space("constraints = [\"P0 + P1 > 10\"]\n" + head);
  EXPECT_TRUE(free.valid(free.defaults()));
  Rng rng(1);
  EXPECT_TRUE(free.random(rng));
  EXPECT_TRUE(free.next(free.defaults()));
  const auto impossible = Space::make(plan_of("constraints = [\"P0 + P19 > 100\"]\n" + head), samples::facts());
  EXPECT_FALSE(impossible);
}

TEST(Space, ListsItsValidPointsInOrder) {
  const Space s = space(tiles);
  const PointList* all = s.listed();
  ASSERT_NE(all, nullptr);
  std::size_t i = 0;
  for (auto p = s.next(std::nullopt); p; p = s.next(p), ++i) {
    EXPECT_EQ(all->at(i), *p);
    EXPECT_EQ(all->index(*p), i);
  }
  EXPECT_EQ(all->size(), i);
  EXPECT_EQ(s.size(), double(i));
  EXPECT_EQ(all->index({3, 3, 0, 0}), std::nullopt) << "4 % 8 != 0";
  EXPECT_EQ(space("").listed()->size(), 1u);
}

std::string many(int tunables, int values) {
  std::string head = "[tune]\n";
  for (int i = 0; i < tunables; ++i) {
    head += "P" + std::to_string(i) + " = [";
    for (int v = 0; v < values; ++v) head += std::to_string(v) + (v + 1 < values ? ", " : "]\n");
  }
  return head;
}

// Each pair of tunables has three valid combinations in 1024: of twelve pairs no draw would ever be valid by chance.
TEST(Space, GroupsThatConstraintsTieTogetherAreDrawnOnTheirOwn) {
  std::string constraints;
  for (int i = 0; i < 24; i += 2) constraints += fmt::format("{}\"P{} + P{} >= 61\"", i ? ", " : "", i, i + 1);
  const Space s = space("constraints = [" + constraints + "]\n" + many(24, 32));
  EXPECT_EQ(s.listed(), nullptr);
  EXPECT_EQ(s.size(), std::pow(3.0, 12));
  Rng rng(1);
  std::map<std::pair<std::uint32_t, std::uint32_t>, int> seen;
  for (int i = 0; i < 3000; ++i) {
    const auto p = s.random(rng);
    ASSERT_TRUE(p && s.valid(*p));
    ++seen[{(*p)[0], (*p)[1]}];
  }
  ASSERT_EQ(seen.size(), 3u);
  for (const auto& [value, n] : seen) EXPECT_NEAR(n, 1000, 150);
}

// All tunables tied together and one point in millions valid: found value by value.
TEST(Space, RareValidPointsOfOneGroupAreFound) {
  std::string constraints = "\"P0 == 7\"";
  for (int i = 0; i < 11; ++i) constraints += fmt::format(", \"P{} == P{} || P{} == P{} + 1\"", i + 1, i, i + 1, i);
  const Space s = space("constraints = [" + constraints + "]\n" + many(12, 20));
  Rng rng(1);
  std::set<Point> seen;
  for (int i = 0; i < 50; ++i) {
    const auto p = s.random(rng);
    ASSERT_TRUE(p && s.valid(*p));
    seen.insert(*p);
  }
  EXPECT_GT(seen.size(), 10u);
}

TEST(Space, OfPointsHoldsExactlyThese) {
  const auto tunables = space(tiles).tunables();
  const std::vector<Point> points = {{3, 0, 2, 1}, {0, 0, 0, 0}, {3, 0, 1, 1}};
  const auto s = Space::of_points(tunables, points);
  ASSERT_TRUE(s) << s.error().message;
  EXPECT_EQ(s->listed()->size(), 3u);
  EXPECT_EQ(s->next(std::nullopt), (Point{0, 0, 0, 0}));
  EXPECT_EQ(s->next(Point{0, 0, 0, 0}), (Point{3, 0, 1, 1}));
  EXPECT_EQ(s->next(Point{3, 0, 2, 1}), std::nullopt);
  EXPECT_TRUE(s->valid({3, 0, 2, 1}));
  EXPECT_FALSE(s->valid({1, 0, 0, 0}));
  EXPECT_EQ(s->neighbours({3, 0, 2, 1}), std::vector<Point>{(Point{3, 0, 1, 1})});
  EXPECT_EQ(s->defaults(), (Point{0, 0, 0, 0}));
  Rng rng(1);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(s->valid(*s->random(rng)));
  const auto error = [&](const std::vector<Point>& wrong) { return Space::of_points(tunables, wrong).error().message; };
  EXPECT_THAT(error({}), HasSubstr("without points"));
  EXPECT_THAT(error({{0, 0, 0, 0}, {0, 0, 0}}), HasSubstr("point 1"));
  EXPECT_THAT(error({{0, 0, 9, 0}}), HasSubstr("point 0"));
  EXPECT_THAT(error({{0, 0, 0, 0}, {0, 0, 0, 0}}), HasSubstr("twice: TILE=16"));
}

TEST(Complete, FillsDefaultsAndChecks) {
  const Plan p = plan_of(tiles);
  const auto done = complete(p, {{"TILE", std::string("32")}, {"FAST", std::string("false")}}, samples::facts());
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->at("TILE"), ParameterValue(std::int64_t(32)));
  EXPECT_EQ(done->at("FAST"), ParameterValue(false));
  EXPECT_EQ(done->at("KIND"), ParameterValue(std::string("a")));
  EXPECT_THAT(complete(p, {{"TILE", std::int64_t(5)}}, samples::facts()).error().message,
              HasSubstr("TILE = 5: not one of its values (16, 8, 32, 4)"));
  EXPECT_THAT(complete(p, {{"WIDE", std::int64_t(8)}}, samples::facts()).error().message,
              HasSubstr("does not hold for TILE=16 WIDE=8"));
}

}  // namespace
}  // namespace ridge
