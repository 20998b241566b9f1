// The parameter space of a plan: tunables with constraints.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/random.h"
#include "kernel/plan.h"

namespace ridge {

// A point is one value index per tunable, in the plan's order.
using Point = std::vector<std::uint32_t>;

// Valid points in lexicographic order, each known by its place.
class PointList {
 public:
  std::size_t size() const { return keys_.size(); }
  Point at(std::size_t i) const;
  std::optional<std::size_t> index(const Point& p) const;  // none: not one of them

 private:
  friend class Space;
  std::uint64_t key(const Point& p) const;  // lexicographic order is the order of keys
  std::vector<std::uint64_t> strides_;
  std::vector<std::uint64_t> keys_;
};

// A space remembers what it has worked out about itself (copies share it), so it is for one thread at a time.
class Space {
 public:
  // Spaces with more valid points than this are not listed.
  static constexpr std::size_t most_listed = 1 << 18;

  Space();  // no tunables: one point
  // `device` gives dev.* to constraints. An error if no point satisfies the constraints (searched exhaustively up to
  // 2^20 points, by 10,000 random probes beyond).
  static Result<Space> make(const Plan& plan, const Scope& device);
  // Exactly these points, for instance of an exhaustive sweep. None, a repeated one, one of another length or with a
  // value that its tunable does not have is an error that gives its place.
  static Result<Space> of_points(std::vector<Tunable> tunables, std::span<const Point> points);

  const std::vector<Tunable>& tunables() const;
  double cartesian_size() const;  // without constraints
  bool valid(const Point& p) const;
  Point defaults() const;  // nearest valid point to the declared defaults
  // Uniform over valid points where they, or those of every group of tunables that constraints tie together, can be
  // listed or are not rare; else drawn value by value, turning back where a constraint forbids. None after much
  // fruitless work.
  std::optional<Point> random(Rng& rng) const;
  std::vector<Point> neighbours(
      const Point& p) const;  // valid points that differ in one tunable by one step (ordered) or any value
  std::optional<Point> next(
      const std::optional<Point>& p) const;  // enumeration in lexicographic order, valid points only
  // Every valid point, or null where there are more than most_listed or where finding them takes too long.
  const PointList* listed() const;
  std::optional<double> size() const;  // how many valid points, where it can be known without visiting them all
  // Values of a tunable from the smallest to the largest; null where they have no order (texts, booleans).
  const std::vector<std::uint32_t>* order(std::size_t tunable) const;
  Parameters parameters(const Point& p) const;
  Result<Point> point(const Parameters& parameters) const;  // unknown name or value is an error naming the nearest

 private:
  struct Known;
  std::optional<Point> nearest_valid(const Point& wanted) const;
  std::shared_ptr<Known> known_;
};

// Parameters given by a person ("TILE=16"): every tunable filled with its default where absent, constraints checked.
Result<Parameters> complete(const Plan& plan, const Parameters& given, const Scope& device);

}  // namespace ridge
