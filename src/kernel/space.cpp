#include "kernel/space.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/text.h"
#include "kernel/internal/names.h"

namespace ridge {

namespace {

constexpr double exhaustive_points = 1 << 20;
constexpr int most_probes = 10'000;
// Steps of one enumeration: beyond it a space whose valid points are that rare is treated as having no further one.
constexpr std::uint64_t most_steps = 1u << 22;

std::optional<Number> number_of(const ParameterValue& v) {
  if (const auto* integer = std::get_if<std::int64_t>(&v)) return Number(*integer);
  if (const auto* real = std::get_if<double>(&v)) return Number(*real);
  if (const auto* flag = std::get_if<bool>(&v)) return Number(int(*flag));
  return std::nullopt;
}

// A point seen through the names of its tunables, without copying anything.
class PointScope : public Scope {
 public:
  PointScope(const std::vector<Tunable>& tunables, const Point& point, const Binding& device)
      : tunables_(tunables), point_(point), device_(device) {}
  std::optional<Number> symbol(std::string_view name) const override {
    for (std::size_t i = 0; i < tunables_.size(); ++i)
      if (tunables_[i].name == name) return number_of(tunables_[i].values[point_[i]]);
    const auto at = device_.find(name);
    return at == device_.end() ? std::nullopt : std::optional(at->second);
  }
  std::vector<std::string> known() const override {
    std::vector<std::string> out;
    for (const Tunable& t : tunables_) out.push_back(t.name);
    for (const auto& [name, value] : device_) out.push_back(name);
    return out;
  }

 private:
  const std::vector<Tunable>& tunables_;
  const Point& point_;
  const Binding& device_;
};

// Constraints by the last tunable they look at, so that an enumeration can turn back as early as possible.
class Enumerator {
 public:
  Enumerator(const std::vector<Tunable>& tunables, const std::vector<Expression>& constraints, const Binding& device)
      : tunables_(tunables), device_(device), due_(tunables.size() + 1) {
    for (const Expression& c : constraints) {
      std::size_t last = 0;
      for (const std::string& symbol : c.symbols())
        for (std::size_t i = 0; i < tunables.size(); ++i)
          if (tunables[i].name == symbol) last = std::max(last, i + 1);
      due_[last].push_back(&c);
    }
  }

  // The first valid point at or after `p` in lexicographic order.
  std::optional<Point> from(Point p) const {
    const std::size_t n = tunables_.size();
    if (!holds(p, 0)) return std::nullopt;
    std::size_t i = 0;  // everything before i satisfies the constraints that are due there
    for (std::uint64_t steps = 0; steps < most_steps; ++steps) {
      if (i == n) return p;
      if (p[i] < tunables_[i].values.size() && holds(p, i + 1)) {
        ++i;
        continue;
      }
      while (p[i] + 1 >= tunables_[i].values.size()) {
        if (i == 0) return std::nullopt;
        --i;
      }
      ++p[i];
      std::fill(p.begin() + std::ptrdiff_t(i) + 1, p.end(), 0u);
    }
    return std::nullopt;
  }

 private:
  bool holds(const Point& p, std::size_t due) const {
    const PointScope scope(tunables_, p, device_);
    return std::ranges::all_of(due_[due], [&](const Expression* c) {
      const auto value = c->evaluate(scope);
      return value && value->truth();
    });
  }
  const std::vector<Tunable>& tunables_;
  const Binding& device_;
  std::vector<std::vector<const Expression*>> due_;
};

std::uint64_t steps_between(const Point& a, const Point& b) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] > b[i] ? a[i] - b[i] : b[i] - a[i];
  return sum;
}

Point random_point(const std::vector<Tunable>& tunables, Rng& rng) {
  Point p;
  for (const Tunable& t : tunables) p.push_back(std::uint32_t(rng.below(t.values.size())));
  return p;
}

// The value a person meant: equal, or equal as text ("16" on a command line), or an integer for a real.
std::optional<std::size_t> index_of(const Tunable& t, const ParameterValue& wanted) {
  for (std::size_t i = 0; i < t.values.size(); ++i)
    if (t.values[i] == wanted) return i;
  const auto number = number_of(wanted);
  for (std::size_t i = 0; i < t.values.size(); ++i) {
    if (text(t.values[i]) == text(wanted)) return i;
    const auto its = number_of(t.values[i]);
    if (number && its && its->real() == number->real()) return i;
    if (const bool* flag = std::get_if<bool>(&t.values[i]); flag && text(wanted) == (*flag ? "true" : "false"))
      return i;
  }
  return std::nullopt;
}

Result<Point> point_of(const std::vector<Tunable>& tunables, const Parameters& parameters, bool need_all) {
  std::vector<std::string> known;
  for (const Tunable& t : tunables) known.push_back(t.name);
  for (const auto& [name, value] : parameters)
    if (std::ranges::find(known, name) == known.end())
      return invalid("{} = {}: no tunable of that name{}", name, text(value), suggestion(name, known));
  Point p;
  for (const Tunable& t : tunables) {
    const auto at = parameters.find(t.name);
    if (at == parameters.end() && need_all) return invalid("{}: the tunable has no value", t.name);
    if (at == parameters.end()) {
      p.push_back(std::uint32_t(t.default_index));
      continue;
    }
    const auto index = index_of(t, at->second);
    if (!index) {
      std::vector<std::string> values;
      for (const ParameterValue& v : t.values) values.push_back(text(v));
      return invalid("{} = {}: not one of its values ({})", t.name, text(at->second), join(values, ", "));
    }
    p.push_back(std::uint32_t(*index));
  }
  return p;
}

Parameters parameters_of(const std::vector<Tunable>& tunables, const Point& p) {
  Parameters out;
  for (std::size_t i = 0; i < tunables.size(); ++i) out.emplace(tunables[i].name, tunables[i].values[p[i]]);
  return out;
}

Binding facts_of(const Scope& device) {
  Binding out;
  for (const std::string_view fact : device_facts)
    if (const auto value = device.symbol(fact)) out.emplace(fact, *value);
  return out;
}

std::string shown(const std::vector<Tunable>& tunables, const Point& p) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < tunables.size(); ++i)
    parts.push_back(tunables[i].name + "=" + text(tunables[i].values[p[i]]));
  return join(parts, " ");
}

}  // namespace

Result<Space> Space::make(const Plan& plan, const Scope& device) {
  Space space;
  space.tunables_ = plan.tunables;
  space.constraints_ = plan.constraints;
  space.device_ = facts_of(device);
  Point wanted;
  for (const Tunable& t : space.tunables_) {
    if (t.values.empty() || t.default_index >= t.values.size())
      return invalid("tunable {}: no value, or no such default", t.name);
    wanted.push_back(std::uint32_t(t.default_index));
  }
  const auto nearest = space.nearest_valid(wanted);
  if (nearest) {
    space.defaults_ = *nearest;
    return space;
  }
  // The reason is easiest seen at the defaults.
  const PointScope scope(space.tunables_, wanted, space.device_);
  for (const Expression& c : space.constraints_) {
    const auto value = c.evaluate(scope);
    if (!value) return invalid("no point satisfies the constraints; at the defaults: {}", value.error().message);
    if (!value->truth())
      return invalid("no point satisfies the constraints; \"{}\" is false at the defaults ({})", c.text(),
                     shown(space.tunables_, wanted));
  }
  return invalid("no point satisfies the constraints");
}

std::optional<Point> Space::nearest_valid(const Point& wanted) const {
  if (valid(wanted)) return wanted;
  std::optional<Point> best;
  const auto consider = [&](const Point& p) {
    if (!best || steps_between(p, wanted) < steps_between(*best, wanted)) best = p;
  };
  if (cartesian_size() <= exhaustive_points) {
    for (auto p = next(std::nullopt); p; p = next(p)) consider(*p);
    return best;
  }
  if (const auto first = next(std::nullopt)) consider(*first);
  Rng rng(0, "space defaults");
  for (int i = 0; i < most_probes; ++i) {
    // Half of the probes change only one or two tunables, because the nearest valid point is likely near.
    Point p = random_point(tunables_, rng);
    if (i % 2 == 0) {
      Point near = wanted;
      for (int k = 0; k < 2; ++k) {
        const auto at = std::size_t(rng.below(near.size()));
        near[at] = p[at];
      }
      p = near;
    }
    if (valid(p)) consider(p);
  }
  return best;
}

double Space::cartesian_size() const {
  double size = 1;
  for (const Tunable& t : tunables_) size *= double(t.values.size());
  return size;
}

bool Space::valid(const Point& p) const {
  if (p.size() != tunables_.size()) return false;
  for (std::size_t i = 0; i < p.size(); ++i)
    if (p[i] >= tunables_[i].values.size()) return false;
  const PointScope scope(tunables_, p, device_);
  return std::ranges::all_of(constraints_, [&](const Expression& c) {
    const auto value = c.evaluate(scope);
    return value && value->truth();
  });
}

Point Space::defaults() const {
  return defaults_;
}

std::optional<Point> Space::random(Rng& rng) const {
  for (int i = 0; i < most_probes; ++i) {
    Point p = random_point(tunables_, rng);
    if (valid(p)) return p;
  }
  // Valid points are rare: where the space is small enough to list them, the draw is still uniform.
  if (cartesian_size() > exhaustive_points) return std::nullopt;
  std::optional<Point> chosen;
  std::uint64_t seen = 0;
  for (auto p = next(std::nullopt); p; p = next(p))
    if (rng.below(++seen) == 0) chosen = p;
  return chosen;
}

std::vector<Point> Space::neighbours(const Point& p) const {
  std::vector<Point> out;
  if (p.size() != tunables_.size()) return out;
  const auto add = [&](std::size_t i, std::size_t value) {
    Point q = p;
    q[i] = std::uint32_t(value);
    if (valid(q)) out.push_back(std::move(q));
  };
  for (std::size_t i = 0; i < tunables_.size(); ++i) {
    const auto& values = tunables_[i].values;
    if (p[i] >= values.size()) return {};
    if (!number_of(values[0]) || std::holds_alternative<bool>(values[0])) {
      for (std::size_t v = 0; v < values.size(); ++v)
        if (v != p[i]) add(i, v);
      continue;
    }
    // A step goes to the next smaller or larger value, in whatever order a person listed them.
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    const auto rank = std::size_t(std::ranges::find(order, std::size_t(p[i])) - order.begin());
    if (rank > 0) add(i, order[rank - 1]);
    if (rank + 1 < order.size()) add(i, order[rank + 1]);
  }
  return out;
}

std::optional<Point> Space::next(const std::optional<Point>& p) const {
  const Enumerator all(tunables_, constraints_, device_);
  if (!p) return all.from(Point(tunables_.size(), 0));
  Point after = *p;
  if (after.size() != tunables_.size()) return std::nullopt;
  for (std::size_t i = after.size(); i-- > 0;) {
    if (after[i] + 1 < tunables_[i].values.size()) {
      ++after[i];
      std::fill(after.begin() + std::ptrdiff_t(i) + 1, after.end(), 0u);
      return all.from(std::move(after));
    }
  }
  return std::nullopt;
}

Parameters Space::parameters(const Point& p) const {
  return parameters_of(tunables_, p);
}

Result<Point> Space::point(const Parameters& parameters) const {
  return point_of(tunables_, parameters, true);
}

Result<Parameters> complete(const Plan& plan, const Parameters& given, const Scope& device) {
  for (const Tunable& t : plan.tunables)
    if (t.values.empty() || t.default_index >= t.values.size())
      return invalid("tunable {}: no value, or no such default", t.name);
  RIDGE_TRY(const Point p, point_of(plan.tunables, given, false));
  const Binding facts = facts_of(device);
  const PointScope scope(plan.tunables, p, facts);
  for (const Expression& c : plan.constraints) {
    const auto value = c.evaluate(scope);
    if (!value) return within("constraint", value.error());
    if (!value->truth()) return invalid("constraint \"{}\" does not hold for {}", c.text(), shown(plan.tunables, p));
  }
  return parameters_of(plan.tunables, p);
}

}  // namespace ridge
