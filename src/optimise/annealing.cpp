#include "optimise/annealing.h"

#include <algorithm>
#include <cmath>

namespace ridge {
namespace {

constexpr Setting kAnnealingSettings[] = {
    {"initial", "random points before the walk, which begins at the best of them", 8, 1, 10'000, true},
    {"start", "temperature at the start: 0.3 takes a step to 1.35 times the cost about one time in three", 0.3, 0.001,
     10},
    {"cooling", "factor on the temperature after each result", 0.96, 0.5, 0.9999},
    {"floor", "temperature below which it is set back to the start", 0.005, 1e-6, 1},
};

}  // namespace

std::span<const Setting> Annealing::settings() {
  return kAnnealingSettings;
}

std::optional<Point> Annealing::propose(Rng& rng) {
  if (!here_ || told().size() < std::size_t(setting("initial"))) return std::nullopt;
  auto around = space().neighbours(here_->point);
  std::erase_if(around, [&](const Point& p) { return !is_fresh(p); });
  if (!around.empty()) return around[rng.below(around.size())];
  // Everything one step away is known: one of those is the next place to step from.
  for (int i = 0; i < 20; ++i) {
    Point p = here_->point;
    for (int step = 0; step < 2 + i / 5; ++step) {
      const auto next = space().neighbours(p);
      if (next.empty()) return std::nullopt;
      p = next[rng.below(next.size())];
    }
    if (is_fresh(p)) return p;
  }
  return std::nullopt;
}

void Annealing::learn(const Sample& sample) {
  if (told().size() <= std::size_t(setting("initial")) || !here_) {
    if (best()) here_ = *best();
    temperature_ = setting("start");
    return;
  }
  if (sample.cost) {
    Rng rng(spec().seed, "annealing", told().size());
    const double worse = std::log(*sample.cost / *here_->cost);
    if (worse <= 0 || rng.coin(std::exp(-worse / temperature_))) here_ = sample;
  }
  temperature_ *= setting("cooling");
  if (temperature_ < setting("floor")) {
    temperature_ = setting("start");
    here_ = *best();
  }
}

}  // namespace ridge
