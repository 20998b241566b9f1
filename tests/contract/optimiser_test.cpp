// What every row of the optimiser table keeps. A new optimiser is tested here by being in the table.
#include "optimise/optimiser.h"

#include <set>

#include <gmock/gmock.h>

#include "../optimise/spaces.h"

namespace ridge {
namespace {

class OptimiserContract : public testing::TestWithParam<OptimiserRow> {
 protected:
  std::unique_ptr<Optimiser> make(const Space& space, std::uint64_t seed = 1, const Settings& settings = {}) {
    return spaces::make(GetParam().name, space, seed, settings);
  }
  static auto bowl(const Space& space) {
    return [&space](const Point& p) { return spaces::bowl(space, p); };
  }
};

TEST_P(OptimiserContract, RowsDescribeThemselvesAndTheirSettings) {
  EXPECT_FALSE(GetParam().description.empty());
  const Space space = spaces::small();
  for (const Setting& s : GetParam().settings) {
    EXPECT_FALSE(s.meaning.empty()) << s.name;
    for (const double value : {s.least, s.standard, s.most}) {
      const auto optimiser = make(space, 1, {{std::string(s.name), value}});
      Rng rng(1);
      spaces::drive(*optimiser, rng, bowl(space), 26, 3);
      EXPECT_EQ(optimiser->told().size(), 26u) << s.name << " = " << value;
    }
  }
}

TEST_P(OptimiserContract, SmallSpacesAreSearchedToTheirEndWithoutRepetition) {
  const Space space = spaces::small();
  for (const std::size_t batch : {1, 3, 16, 100}) {
    const auto optimiser = make(space, batch);
    Rng rng(batch);
    spaces::drive(*optimiser, rng, bowl(space), 1000, batch);
    const auto told = spaces::points(*optimiser);
    EXPECT_EQ(told.size(), 26u);
    EXPECT_EQ(std::set<Point>(told.begin(), told.end()).size(), 26u);
    for (const Point& p : told) EXPECT_TRUE(space.valid(p));
    EXPECT_TRUE(optimiser->exhausted());
    EXPECT_TRUE(optimiser->ask(1, rng).empty());
    ASSERT_NE(optimiser->best(), nullptr);
    EXPECT_EQ(optimiser->best()->cost, 1.0);
  }
}

TEST_P(OptimiserContract, SameSeedSamePoints) {
  const Space space = spaces::grid();
  const auto run = [&](std::uint64_t seed) {
    const auto optimiser = make(space, seed);
    Rng rng(seed);
    spaces::drive(*optimiser, rng, bowl(space), 90, 4);
    return spaces::points(*optimiser);
  };
  EXPECT_EQ(run(1), run(1));
  if (GetParam().name != "exhaustive") {
    EXPECT_NE(run(1), run(2));
  }
}

// What a resumed run relies on: nothing but what was told, in its order, is state.
TEST_P(OptimiserContract, ToldTheSameANewOneGoesOnAsTheOldOne) {
  const Space space = spaces::grid();
  const auto cost = [&](const Point& p) { return p[0] == p[1] ? PointCost() : spaces::bowl(space, p); };
  for (const std::size_t told : {1, 7, 40, 90}) {
    const auto old = make(space);
    Rng rng(3);
    spaces::drive(*old, rng, cost, told, 5);
    const auto young = make(space);
    for (const Sample& s : old->told()) EXPECT_TRUE(young->tell(s.point, s.cost));
    for (int round = 0; round < 3; ++round) {
      Rng a(5, "", std::uint64_t(round)), b(5, "", std::uint64_t(round));
      const auto asked = old->ask(6, a);
      EXPECT_EQ(asked, young->ask(6, b)) << told << " told, round " << round;
      for (const Point& p : asked) {
        old->tell(p, cost(p));
        young->tell(p, cost(p));
      }
    }
  }
}

TEST_P(OptimiserContract, GoesOnWhenEverythingFails) {
  const Space space = spaces::grid();
  const auto optimiser = make(space);
  Rng rng(1);
  spaces::drive(*optimiser, rng, [](const Point&) { return PointCost(); }, 200, 7);
  EXPECT_EQ(optimiser->told().size(), 200u);
  EXPECT_EQ(optimiser->best(), nullptr);
}

TEST_P(OptimiserContract, GoesOnWhenEverythingCostsTheSame) {
  const Space space = spaces::grid();
  const auto optimiser = make(space);
  Rng rng(1);
  spaces::drive(*optimiser, rng, [](const Point&) { return 2.0; }, 200, 7);
  EXPECT_EQ(optimiser->told().size(), 200u);
  EXPECT_EQ(optimiser->best(), &optimiser->told()[0]) << "of equals the first";
}

TEST_P(OptimiserContract, ASpaceOfOnePointEndsAtOnce) {
  const Space space = spaces::one_point();
  const auto optimiser = make(space);
  Rng rng(1);
  EXPECT_EQ(optimiser->ask(5, rng), std::vector<Point>{Point{}});
  EXPECT_TRUE(optimiser->ask(5, rng).empty());
  EXPECT_TRUE(optimiser->tell({}, 1.0));
  EXPECT_TRUE(optimiser->exhausted());
}

TEST_P(OptimiserContract, HugeConstrainedSpaces) {
  const Space space = spaces::huge();
  const auto optimiser = make(space);
  Rng rng(1);
  spaces::drive(*optimiser, rng, bowl(space), 120, 8);
  const auto told = spaces::points(*optimiser);
  EXPECT_EQ(std::set<Point>(told.begin(), told.end()).size(), 120u);
  for (const Point& p : told) EXPECT_TRUE(space.valid(p));
}

TEST_P(OptimiserContract, TakesWhatItDidNotAskForAndRefusesWhatItKnows) {
  const Space space = spaces::small();
  const auto optimiser = make(space);
  EXPECT_TRUE(optimiser->tell({0, 0, 0}, 3.0));
  EXPECT_FALSE(optimiser->tell({0, 0, 0}, 2.0)) << "told before";
  EXPECT_FALSE(optimiser->tell({3, 3, 0}, 2.0)) << "violates a constraint";
  EXPECT_FALSE(optimiser->tell({9, 0, 0}, 2.0)) << "no such value";
  EXPECT_FALSE(optimiser->tell({0, 0}, 2.0)) << "too short";
  for (const double cost : {0.0, -1.0, double(NAN), double(INFINITY)}) {
    EXPECT_TRUE(optimiser->tell({1, std::uint32_t(optimiser->told().size() - 1), 0}, cost) ||
                optimiser->told().size() > 4);
    EXPECT_EQ(optimiser->told().back().cost, std::nullopt) << cost;
  }
  Rng rng(1);
  std::set<Point> known;
  for (const Sample& s : optimiser->told()) known.insert(s.point);
  const std::size_t before = known.size();
  for (const Point& p : optimiser->ask(100, rng)) EXPECT_TRUE(known.insert(p).second);
  EXPECT_EQ(known.size(), 26u);
  EXPECT_GT(before, 1u);
}

// Results come back in any order, and some never.
TEST_P(OptimiserContract, ResultsMayComeLateAndOutOfOrder) {
  const Space space = spaces::grid();
  const auto optimiser = make(space);
  Rng rng(2);
  std::vector<Point> flying;
  std::set<Point> asked;
  for (int round = 0; round < 60; ++round) {
    for (const Point& p : optimiser->ask(4, rng)) {
      EXPECT_TRUE(asked.insert(p).second);
      flying.push_back(p);
    }
    rng.shuffle(flying);
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(optimiser->tell(flying.back(), spaces::bowl(space, flying.back())));
      flying.pop_back();
    }
  }
  EXPECT_EQ(optimiser->told().size(), 180u);
}

INSTANTIATE_TEST_SUITE_P(Table, OptimiserContract, testing::ValuesIn(optimisers().begin(), optimisers().end()),
                         [](const auto& row) {
                           std::string name(row.param.name);
                           std::erase_if(name, [](char c) { return c == '-'; });
                           return name;
                         });

}  // namespace
}  // namespace ridge
