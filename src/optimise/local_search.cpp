#include "optimise/local_search.h"

#include <algorithm>

namespace ridge {
namespace {

constexpr Setting kLocalSearchSettings[] = {
    {"initial", "random points before the first walk, which begins at the best of them", 5, 1, 10'000, true},
};

}  // namespace

std::span<const Setting> LocalSearch::settings() {
  return kLocalSearchSettings;
}

std::optional<Point> LocalSearch::propose(Rng& rng) {
  if (!here_ || told().size() + pending().size() < std::size_t(setting("initial"))) return std::nullopt;
  auto around = space().neighbours(here_->point);
  std::erase_if(around, [&](const Point& p) { return !is_fresh(p); });
  if (around.empty()) return std::nullopt;
  return around[rng.below(around.size())];
}

void LocalSearch::learn(const Sample& sample) {
  if (told().size() <= std::size_t(setting("initial"))) {
    if (best()) here_ = *best();
  } else if (!here_ || less(sample.cost, here_->cost)) {
    if (sample.cost) here_ = sample;
  }
  if (!here_) return;
  const auto around = space().neighbours(here_->point);
  if (std::ranges::none_of(
          around, [&](const Point& p) { return is_fresh(p) || std::ranges::find(pending(), p) != pending().end(); }))
    here_.reset();
}

}  // namespace ridge
