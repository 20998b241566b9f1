#include "optimise/optimiser.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace ridge {
namespace {

constexpr int kDraws = 200;      // that may hit known points before the rest is enumerated
constexpr int kSkips = 1 << 20;  // known points an enumeration passes over for one answer
constexpr std::uint32_t kGone = std::numeric_limits<std::uint32_t>::max();

}  // namespace

bool less(const PointCost& a, const PointCost& b) {
  return a && (!b || *a < *b);
}

std::size_t PointHash::operator()(const Point& p) const {
  std::uint64_t h = 0x9e3779b97f4a7c15u;
  for (const std::uint32_t v : p) {
    h = (h ^ v) * 0xbf58476d1ce4e5b9u;
    h ^= h >> 29;
  }
  return h;
}

Optimiser::Optimiser(const OptimiserSpec& spec) : spec_(spec) {
  const PointList* all = spec_.space.listed();
  if (!all) return;
  left_.resize(all->size());
  std::iota(left_.begin(), left_.end(), 0u);
  where_ = left_;
}

bool Optimiser::is_fresh(const Point& p) const {
  if (const PointList* all = spec_.space.listed()) {
    if (p.size() != spec_.space.tunables().size()) return false;
    for (std::size_t i = 0; i < p.size(); ++i)
      if (p[i] >= spec_.space.tunables()[i].values.size()) return false;
    const auto at = all->index(p);
    return at && where_[*at] != kGone;
  }
  return !known_.contains(p) && spec_.space.valid(p);
}

void Optimiser::mark(const Point& p) {
  const PointList* all = spec_.space.listed();
  if (!all) {
    known_.insert(p);
    return;
  }
  const std::size_t place = all->index(p).value();
  if (where_[place] == kGone) return;
  const std::uint32_t last = left_.back();
  left_[where_[place]] = last;
  where_[last] = where_[place];
  where_[place] = kGone;
  left_.pop_back();
  exhausted_ = left_.empty();
}

std::optional<Point> Optimiser::fresh(Rng& rng) {
  if (const PointList* all = spec_.space.listed())
    return left_.empty() ? std::nullopt : std::optional(all->at(left_[rng.below(left_.size())]));
  for (int i = 0; i < kDraws; ++i) {
    auto p = spec_.space.random(rng);
    if (!p) break;
    if (!known_.contains(*p)) return p;
  }
  for (int i = 0; i < kSkips && !exhausted_; ++i) {
    auto p = spec_.space.next(cursor_);
    if (!p) {
      exhausted_ = true;
      break;
    }
    cursor_ = p;
    if (!known_.contains(*p)) return p;
  }
  return std::nullopt;
}

std::vector<Point> Optimiser::ask(std::size_t wanted, Rng& rng) {
  std::vector<Point> out;
  while (out.size() < wanted && !exhausted_) {
    auto p = propose(rng);
    if (!p || !is_fresh(*p)) p = fresh(rng);
    if (!p) break;
    mark(*p);
    pending_.push_back(*p);
    out.push_back(*std::move(p));
  }
  return out;
}

bool Optimiser::tell(const Point& point, PointCost cost) {
  if (!spec_.space.valid(point)) return false;
  const auto asked = std::ranges::find(pending_, point);
  if (asked != pending_.end()) {
    pending_.erase(asked);
  } else if (!is_fresh(point)) {
    return false;
  }
  mark(point);
  if (cost && !(std::isfinite(*cost) && *cost > 0)) cost.reset();
  told_.push_back({point, cost});
  if (cost && (!best_ || *cost < *told_[*best_].cost)) best_ = told_.size() - 1;
  learn(told_.back());
  return true;
}

}  // namespace ridge
