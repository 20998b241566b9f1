#include "optimise/genetic.h"

#include <algorithm>

namespace ridge {
namespace {

constexpr Setting kGeneticSettings[] = {
    {"population", "how many of the best points have offspring", 16, 2, 10'000, true},
    {"mutation", "chance that a tunable of a child is drawn anew", 0.15, 0, 1},
};
constexpr int kChildren = 50;  // children that may be known or invalid before a point is drawn instead

}  // namespace

std::span<const Setting> Genetic::settings() {
  return kGeneticSettings;
}

const Sample& Genetic::parent(Rng& rng) const {
  return population_[std::min(rng.below(population_.size()), rng.below(population_.size()))];
}

std::optional<Point> Genetic::propose(Rng& rng) {
  if (told().size() + pending().size() < std::size_t(setting("population")) || population_.size() < 2)
    return std::nullopt;
  const auto& tunables = space().tunables();
  for (int i = 0; i < kChildren; ++i) {
    const Point &mother = parent(rng).point, &father = parent(rng).point;
    Point child = mother;
    for (std::size_t t = 0; t < child.size(); ++t) {
      if (rng.coin()) child[t] = father[t];
      if (rng.coin(setting("mutation"))) child[t] = std::uint32_t(rng.below(tunables[t].values.size()));
    }
    if (is_fresh(child)) return child;
  }
  return std::nullopt;
}

void Genetic::learn(const Sample& sample) {
  if (!sample.cost) return;
  const auto at = std::ranges::upper_bound(population_, sample.cost, less, &Sample::cost);
  population_.insert(at, sample);
  if (population_.size() > std::size_t(setting("population"))) population_.pop_back();
}

}  // namespace ridge
