#include <gmock/gmock.h>

#include "spaces.h"

namespace ridge {
namespace {

double points_to_bottom(std::string_view name, const Settings& settings = {}, std::size_t batch = 1, Prior prior = {}) {
  const Space space = spaces::grid();
  double sum = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto optimiser = spaces::make(name, space, seed, settings, prior);
    Rng rng(seed);
    while (!optimiser->best() || *optimiser->best()->cost > 1)
      spaces::drive(
          *optimiser, rng, [&](const Point& p) { return spaces::bowl(space, p); }, optimiser->told().size() + batch,
          batch);
    sum += double(optimiser->told().size());
  }
  return sum / 10;
}

TEST(Optimisers, ABowlIsEasierForThoseThatLookAround) {
  const double bayes = points_to_bottom("bayes"), local = points_to_bottom("local-search"),
               genetic = points_to_bottom("genetic"), differential = points_to_bottom("differential"),
               annealing = points_to_bottom("annealing");
  RecordProperty("bayes", std::to_string(bayes));
  EXPECT_LT(bayes, 60);
  for (const double other : {local, genetic, differential, annealing})
    EXPECT_LT(other, 7776 / 8) << "random needs 3888";
}

TEST(Bayes, BatchesCostLittle) {
  EXPECT_LT(points_to_bottom("bayes", {}, 8), 3 * points_to_bottom("bayes"));
}

TEST(Bayes, AGoodPriorSavesTheBeginningAndABadOneIsOutvoted) {
  const Space space = spaces::grid();
  const Prior good = [&](const Point& p) { return *spaces::bowl(space, p) * (p[0] % 2 ? 1.0 : 1.2); };
  const Prior bad = [&](const Point& p) { return 1 / *spaces::bowl(space, p); };
  const Prior silent = [](const Point&) { return PointCost(); };
  const double without = points_to_bottom("bayes");
  EXPECT_LT(points_to_bottom("bayes", {}, 1, good), without / 2);
  EXPECT_LT(points_to_bottom("bayes", {}, 1, bad), 5 * without);
  EXPECT_LT(points_to_bottom("bayes", {}, 1, silent), 3 * without);
}

// A third of the space fails: the model learns where.
TEST(Bayes, FailuresTeach) {
  const Space space = spaces::grid();
  const auto cost = [&](const Point& p) { return p[0] >= 4 ? PointCost() : spaces::bowl(space, p); };
  int failed = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto optimiser = spaces::make("bayes", space, seed);
    Rng rng(seed);
    spaces::drive(*optimiser, rng, cost, 60);
    for (const Sample& s : optimiser->told().subspan(20)) failed += !s.cost;
  }
  EXPECT_LT(failed, 400 / 6) << "of 400; random would have 133";
}

TEST(Bayes, ThousandsOfResultsAndLongListsOfValues) {
  std::string head = "[tune]\nAA = [";
  for (int v = 0; v < 1000; ++v) head += fmt::format("{}{}", v, v < 999 ? ", " : "]\n");
  const Space space = spaces::of(head + "BB = [true, false]\nCC = [0.5, 0.25, 1.0]\n");
  const auto optimiser = spaces::make("bayes", space);
  Rng rng(1);
  spaces::drive(*optimiser, rng, [&](const Point& p) { return spaces::bowl(space, p); }, 1500, 48);
  EXPECT_EQ(optimiser->told().size(), 1500u);
  EXPECT_EQ(optimiser->best()->cost, 1.0);
}

}  // namespace
}  // namespace ridge
