#include "optimise/differential.h"

#include <algorithm>
#include <cmath>

namespace ridge {
namespace {

constexpr Setting kDifferentialSettings[] = {
    {"population", "members", 15, 4, 10'000, true},
    {"weight", "multiple of the difference of two members that is added", 0.7, 0, 2},
    {"crossover", "chance that a tunable of the child comes from the sum and not from the member", 0.6, 0, 1},
};
constexpr int kTries = 50;

}  // namespace

std::span<const Setting> Differential::settings() {
  return kDifferentialSettings;
}

Differential::Differential(const OptimiserSpec& spec) : Optimiser(spec) {
  for (std::size_t t = 0; t < space().tunables().size(); ++t) {
    auto& ranks = ranks_.emplace_back();
    const auto* order = space().order(t);
    if (!order) continue;
    ranks.resize(order->size());
    for (std::size_t r = 0; r < order->size(); ++r) ranks[(*order)[r]] = std::uint32_t(r);
  }
}

std::optional<Point> Differential::propose(Rng& rng) {
  const std::size_t n = population_.size();
  if (n < std::size_t(setting("population")) || !best()) return std::nullopt;
  const Point& target = population_[(children_ + pending().size()) % n].point;
  for (int i = 0; i < kTries; ++i) {
    const Point &a = population_[rng.below(n)].point, &b = population_[rng.below(n)].point;
    Point child = target;
    const std::size_t sure = child.empty() ? 0 : rng.below(child.size());
    for (std::size_t t = 0; t < child.size(); ++t) {
      if (t != sure && !rng.coin(setting("crossover"))) continue;
      const auto* order = space().order(t);
      if (!order) {  // no differences without an order: the best's value, or where the two differ one of theirs
        child[t] = a[t] == b[t] ? best()->point[t] : rng.coin() ? a[t] : b[t];
        continue;
      }
      const double at =
          double(ranks_[t][best()->point[t]]) + setting("weight") * (double(ranks_[t][a[t]]) - double(ranks_[t][b[t]]));
      // Rounding by chance, or else small differences would always vanish.
      const double whole = std::floor(at + rng.unit());
      child[t] = (*order)[std::size_t(std::clamp(whole, 0.0, double(order->size() - 1)))];
    }
    if (is_fresh(child)) return child;
  }
  return std::nullopt;
}

void Differential::learn(const Sample& sample) {
  if (population_.size() < std::size_t(setting("population"))) {
    population_.push_back(sample);
    return;
  }
  Sample& member = population_[children_++ % population_.size()];
  if (less(sample.cost, member.cost)) member = sample;
}

}  // namespace ridge
