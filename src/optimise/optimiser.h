// Optimisers search one parameter space by asking for points and being told what they cost. They know nothing of
// kernels, tasks or devices, so they can be compared on recorded landscapes as well as used in a search.
//
// What an optimiser asks for follows from the space, its settings and seed, what it was told (in order), what it has
// asked for and not been told yet, and the generator handed in. Nothing else is state: telling a new one the same
// things brings it to the same point, which is how a resumed run goes on.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/random.h"
#include "base/settings.h"
#include "kernel/space.h"

namespace ridge {

struct PointHash {
  std::size_t operator()(const Point& p) const;
};

// Lower is better; only ratios of costs matter (seconds, or the inverse of a speed-up). None: the point failed, by
// whatever fault, or ran out of time.
using PointCost = std::optional<double>;

struct Sample {
  Point point;
  PointCost cost;
};

// What is believed of a point before anything was measured here, for instance what it cost on another device. None: no
// opinion.
using Prior = std::function<PointCost(const Point&)>;

struct OptimiserSpec {
  Space space;
  Settings settings;       // complete
  std::uint64_t seed = 1;  // of what is drawn while learning; what is drawn while asking comes from the caller
  Prior prior;             // may be empty; optimisers that cannot use one ignore it
};

// The base keeps the accounts, so that all are counted alike: a point is asked for at most once, is always valid, and
// when an optimiser has no idea of its own the point is drawn uniformly from those not asked for yet.
class Optimiser {
 public:
  explicit Optimiser(const OptimiserSpec& spec);
  virtual ~Optimiser() = default;
  Optimiser(const Optimiser&) = delete;
  Optimiser& operator=(const Optimiser&) = delete;

  // Up to `wanted` points that were neither asked for nor told before; fewer only when the space has no more.
  std::vector<Point> ask(std::size_t wanted, Rng& rng);
  // What a point cost. Points that were not asked for are welcome too. False, and nothing is learnt, for a point that
  // is not in the space or was told before. A cost that is not positive and finite counts as a failure.
  bool tell(const Point& point, PointCost cost);

  const Space& space() const { return spec_.space; }
  std::span<const Sample> told() const { return told_; }
  const Sample* best() const { return best_ ? &told_[*best_] : nullptr; }  // of equals the first; null: none was right
  bool exhausted() const { return exhausted_; }                            // every point was asked for

 protected:
  // One point, or nothing where the optimiser has no opinion. A point that is not fresh counts as no opinion.
  virtual std::optional<Point> propose(Rng& rng) = 0;
  virtual void learn(const Sample&) {}

  const OptimiserSpec& spec() const { return spec_; }
  double setting(std::string_view name) const { return spec_.settings.find(name)->second; }
  std::span<const Point> pending() const { return pending_; }  // asked for and not told, oldest first
  bool is_fresh(const Point& p) const;                         // valid, neither asked for nor told
  std::optional<Point> fresh(Rng& rng);                        // uniform over fresh points; none: the space is known

 private:
  void mark(const Point& p);

  OptimiserSpec spec_;
  std::vector<Sample> told_;
  std::vector<Point> pending_;
  std::optional<std::size_t> best_;
  bool exhausted_ = false;
  // Listed spaces: the places of fresh points, and where in that list a place stands.
  std::vector<std::uint32_t> left_, where_;
  // Others: what was asked for or told, and how far an enumeration of the rest has come.
  std::unordered_set<Point, PointHash> known_;
  std::optional<Point> cursor_;
};

// Whether a costs less than b; a failure costs more than anything.
bool less(const PointCost& a, const PointCost& b);

struct OptimiserRow {
  std::string_view name, description;
  std::string_view source;  // who described it first
  std::span<const Setting> settings;
  std::unique_ptr<Optimiser> (*make)(const OptimiserSpec& complete);
};
// Every optimiser of this build; the first is the default. A new one is a file pair and a row.
std::span<const OptimiserRow> optimisers();
const OptimiserRow* find_optimiser(std::string_view name);
// Settings that are not given get their standard; unknown names and values out of range are errors.
Result<std::unique_ptr<Optimiser>> make_optimiser(std::string_view name, OptimiserSpec spec);

}  // namespace ridge
