// Spaces and costs for tests of optimisers.
#pragma once

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "optimise/optimiser.h"

namespace ridge::spaces {

inline Space of(const std::string& head) {
  const auto plan = parse_plan(head + "\n[[stage]]\n[[stage.op]]\nlaunch = \"f\"\n", "x");
  RIDGE_CHECK(plan.has_value(), plan ? "" : plan.error().message);
  const auto space = Space::make(*plan, MapScope{});
  RIDGE_CHECK(space.has_value(), space ? "" : space.error().message);
  return *space;
}
inline Space one_point() {
  return of("");
}
inline Space small() {  // 26 points
  return of("constraints = [\"AA + BB <= 6\"]\n[tune]\nAA = [1, 2, 3, 4]\nBB = [1, 2, 3, 4]\nCC = [\"x\", \"y\"]\n");
}
inline Space grid() {  // 7776 points
  return of(
      "[tune]\nAA = [0, 1, 2, 3, 4, 5]\nBB = [0, 1, 2, 3, 4, 5]\nCC = [0, 1, 2, 3, 4, 5]\nDD = [0, 1, 2, 3, 4, 5]\n"
      "EE = [0, 1, 2, 3, 4, 5]\n");
}
// 20 tunables of 32 values, of which half of the pairs satisfy each of nine constraints: no listing could end.
inline Space huge() {
  std::string head = "constraints = [";
  for (int i = 0; i + 1 < 19; i += 2) head += fmt::format("{}\"P{} <= P{}\"", i ? ", " : "", i, i + 1);
  head += "]\n[tune]\n";
  for (int i = 0; i < 20; ++i) {
    head += fmt::format("P{} = [", i);
    for (int v = 0; v < 32; ++v) head += fmt::format("{}{}", v, v < 31 ? ", " : "]\n");
  }
  return of(head);
}

// A bowl with its bottom (cost 1) two thirds up every tunable.
inline PointCost bowl(const Space& space, const Point& p) {
  double sum = 1;
  for (std::size_t t = 0; t < p.size(); ++t) {
    const double last = double(space.tunables()[t].values.size() - 1);
    if (last > 0) sum += std::abs(p[t] - std::floor(last * 2 / 3));
  }
  return sum;
}

inline std::unique_ptr<Optimiser> make(std::string_view name, const Space& space, std::uint64_t seed = 1,
                                       const Settings& settings = {}, Prior prior = {}) {
  auto made = make_optimiser(name, OptimiserSpec{space, settings, seed, std::move(prior)});
  RIDGE_CHECK(made.has_value(), made ? "" : made.error().message);
  return *std::move(made);
}

// Asks for `batch` points at a time and tells their costs in order, until so many are told or nothing is left.
inline void drive(Optimiser& optimiser, Rng& rng, const std::function<PointCost(const Point&)>& cost,
                  std::size_t points, std::size_t batch = 1) {
  while (optimiser.told().size() < points) {
    const auto asked = optimiser.ask(std::min(batch, points - optimiser.told().size()), rng);
    if (asked.empty()) return;
    for (const Point& p : asked) RIDGE_CHECK(optimiser.tell(p, cost(p)), "an asked point is news");
  }
}
inline std::vector<Point> points(const Optimiser& optimiser) {
  std::vector<Point> out;
  for (const Sample& s : optimiser.told()) out.push_back(s.point);
  return out;
}

}  // namespace ridge::spaces
