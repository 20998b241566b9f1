// The parameter space of a plan: tunables with constraints.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/random.h"
#include "kernel/plan.h"

namespace ridge {

// A point is one value index per tunable, in the plan's order.
using Point = std::vector<std::uint32_t>;

class Space {
 public:
  // `device` gives dev.* to constraints. An error if no point satisfies the constraints (searched exhaustively up to
  // 2^20 points, by 10,000 random probes beyond).
  static Result<Space> make(const Plan& plan, const Scope& device);

  const std::vector<Tunable>& tunables() const { return tunables_; }
  double cartesian_size() const;  // without constraints
  bool valid(const Point& p) const;
  Point defaults() const;                       // nearest valid point to the declared defaults
  std::optional<Point> random(Rng& rng) const;  // uniform over valid points; none after many rejections
  std::vector<Point> neighbours(
      const Point& p) const;  // valid points that differ in one tunable by one step (ordered) or any value
  std::optional<Point> next(
      const std::optional<Point>& p) const;  // enumeration in lexicographic order, valid points only
  Parameters parameters(const Point& p) const;
  Result<Point> point(const Parameters& parameters) const;  // unknown name or value is an error naming the nearest

 private:
  std::optional<Point> nearest_valid(const Point& wanted) const;

  std::vector<Tunable> tunables_;
  std::vector<Expression> constraints_;
  Binding device_;
  Point defaults_;
};

// Parameters given by a person ("TILE=16"): every tunable filled with its default where absent, constraints checked.
Result<Parameters> complete(const Plan& plan, const Parameters& given, const Scope& device);

}  // namespace ridge
