#include "kernel/space.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

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

// A constraint and the tunables it looks at. Where these have few combinations, each is worked out once: afterwards a
// check is a look into a table, which is what lets a search try a million points.
class Rule {
 public:
  Rule(const Expression& expression, const std::vector<Tunable>& tunables) : expression_(expression) {
    std::uint64_t combinations = 1;
    for (const std::string& symbol : expression.symbols()) {
      for (std::size_t i = 0; i < tunables.size(); ++i) {
        if (tunables[i].name != symbol) continue;
        tunables_.push_back(i);
        strides_.push_back(std::uint32_t(combinations));
        combinations = std::min<std::uint64_t>(combinations * tunables[i].values.size(), most_combinations + 1);
      }
    }
    if (combinations <= most_combinations) answers_.assign(combinations, unknown);
  }
  const Expression& expression() const { return expression_; }
  const std::vector<std::size_t>& tunables() const { return tunables_; }
  bool holds(const std::vector<Tunable>& tunables, const Point& p, const Binding& device) {
    if (answers_.empty()) return evaluate(tunables, p, device);
    std::size_t at = 0;
    for (std::size_t k = 0; k < tunables_.size(); ++k) at += std::size_t(strides_[k]) * p[tunables_[k]];
    char& answer = answers_[at];
    if (answer == unknown) answer = evaluate(tunables, p, device) ? yes : no;
    return answer == yes;
  }

 private:
  static constexpr std::uint64_t most_combinations = 1 << 16;
  static constexpr char unknown = 0, yes = 1, no = 2;
  bool evaluate(const std::vector<Tunable>& tunables, const Point& p, const Binding& device) const {
    const auto value = expression_.evaluate(PointScope(tunables, p, device));
    return value && value->truth();
  }

  Expression expression_;
  std::vector<std::size_t> tunables_;
  std::vector<std::uint32_t> strides_;
  std::vector<char> answers_;
};

std::uint64_t steps_between(const Point& a, const Point& b) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] > b[i] ? a[i] - b[i] : b[i] - a[i];
  return sum;
}

Point random_point(const std::vector<Tunable>& tunables, Rng& rng) {
  Point p;
  p.reserve(tunables.size());
  for (const Tunable& t : tunables) p.push_back(std::uint32_t(rng.below(t.values.size())));
  return p;
}

// The values of a tunable from the smallest to the largest, in whatever order a person listed them; none without an
// order.
std::vector<std::uint32_t> ascending(const Tunable& t) {
  if (t.values.empty() || !number_of(t.values[0]) || std::holds_alternative<bool>(t.values[0])) return {};
  std::vector<std::uint32_t> order(t.values.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::sort(order, [&](auto a, auto b) { return t.values[a] < t.values[b]; });
  return order;
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

// What a space is and what it has found out about itself.
struct Space::Known {
  // Tunables that constraints tie together, as a space of their own.
  struct Group {
    std::vector<std::size_t> tunables;
    Space space;
  };

  std::vector<Tunable> tunables;
  std::vector<Rule> rules;
  std::vector<std::vector<std::size_t>> due;  // rules by the last tunable they look at (0: none at all)
  Binding device;
  Point defaults;
  std::vector<std::vector<std::uint32_t>> orders;
  bool only_listed = false;  // the list is the space
  bool list_tried = false, groups_made = false;
  std::optional<PointList> list;
  std::vector<Group> groups;  // two or more, or none

  void prepare(std::vector<Tunable> its_tunables, const std::vector<Expression>& constraints) {
    tunables = std::move(its_tunables);
    due.assign(tunables.size() + 1, {});
    for (const Expression& c : constraints) {
      const Rule& rule = rules.emplace_back(c, tunables);
      std::size_t last = 0;
      for (const std::size_t t : rule.tunables()) last = std::max(last, t + 1);
      due[last].push_back(rules.size() - 1);
    }
    for (const Tunable& t : tunables) orders.push_back(ascending(t));
  }
  bool holds(const Point& p, std::size_t at) {
    return std::ranges::all_of(due[at], [&](std::size_t r) { return rules[r].holds(tunables, p, device); });
  }
  bool in_range(const Point& p) const {
    if (p.size() != tunables.size()) return false;
    for (std::size_t i = 0; i < p.size(); ++i)
      if (p[i] >= tunables[i].values.size()) return false;
    return true;
  }

  // The first valid point at or after `p` in lexicographic order. Constraints are checked as soon as the tunables they
  // look at are set, so that an enumeration turns back as early as possible. Each step takes one from `steps`.
  std::optional<Point> from(Point p, std::uint64_t& steps) {
    const std::size_t n = tunables.size();
    if (!holds(p, 0)) return std::nullopt;
    std::size_t i = 0;  // everything before i satisfies the constraints that are due there
    for (; steps > 0; --steps) {
      if (i == n) return p;
      if (p[i] < tunables[i].values.size() && holds(p, i + 1)) {
        ++i;
        continue;
      }
      while (p[i] + 1 >= tunables[i].values.size()) {
        if (i == 0) return std::nullopt;
        --i;
      }
      ++p[i];
      std::fill(p.begin() + std::ptrdiff_t(i) + 1, p.end(), 0u);
    }
    return std::nullopt;
  }
  // The next point in lexicographic order, valid or not.
  bool advance(Point& p) const {
    for (std::size_t i = p.size(); i-- > 0;) {
      if (p[i] + 1 >= tunables[i].values.size()) continue;
      ++p[i];
      std::fill(p.begin() + std::ptrdiff_t(i) + 1, p.end(), 0u);
      return true;
    }
    return false;
  }

  // Value by value in random order, turning back where a constraint forbids.
  std::optional<Point> descend(Rng& rng) {
    const std::size_t n = tunables.size();
    Point p(n, 0);
    std::vector<std::vector<std::uint32_t>> left(n);
    if (!holds(p, 0)) return std::nullopt;
    std::size_t i = 0;
    const auto open = [&] {
      left[i].resize(tunables[i].values.size());
      std::iota(left[i].begin(), left[i].end(), 0u);
      rng.shuffle(left[i]);
    };
    if (n > 0) open();
    for (std::uint64_t steps = 0; steps < most_steps; ++steps) {
      if (i == n) return p;
      if (left[i].empty()) {
        if (i-- == 0) return std::nullopt;
        continue;
      }
      p[i] = left[i].back();
      left[i].pop_back();
      if (holds(p, i + 1) && ++i < n) open();
    }
    return std::nullopt;
  }

  // Tunables that no constraint ties together vary independently: their groups can be listed where the whole cannot.
  void make_groups() {
    groups_made = true;
    std::vector<std::size_t> leader(tunables.size());
    std::iota(leader.begin(), leader.end(), std::size_t(0));
    const auto find = [&](std::size_t i) {
      while (leader[i] != i) i = leader[i];
      return i;
    };
    for (const Rule& rule : rules)
      for (const std::size_t t : rule.tunables()) leader[find(t)] = find(rule.tunables().front());
    std::map<std::size_t, std::vector<std::size_t>> members;
    for (std::size_t i = 0; i < tunables.size(); ++i) members[find(i)].push_back(i);
    if (members.size() < 2) return;
    for (auto& [first, its] : members) {
      std::vector<Tunable> part;
      for (const std::size_t t : its) part.push_back(tunables[t]);
      std::vector<Expression> constraints;
      for (const Rule& rule : rules)
        if (!rule.tunables().empty() && find(rule.tunables().front()) == first)
          constraints.push_back(rule.expression());
      Group& group = groups.emplace_back();
      group.tunables = std::move(its);
      group.space.known_->device = device;
      group.space.known_->prepare(std::move(part), constraints);
    }
  }
};

Point PointList::at(std::size_t i) const {
  Point p(strides_.size());
  std::uint64_t rest = keys_[i];
  for (std::size_t t = 0; t < p.size(); ++t) {
    p[t] = std::uint32_t(rest / strides_[t]);
    rest %= strides_[t];
  }
  return p;
}

std::uint64_t PointList::key(const Point& p) const {
  std::uint64_t key = 0;
  for (std::size_t t = 0; t < p.size(); ++t) key += strides_[t] * p[t];
  return key;
}

std::optional<std::size_t> PointList::index(const Point& p) const {
  if (p.size() != strides_.size()) return std::nullopt;
  const std::uint64_t wanted = key(p);
  const auto it = std::ranges::lower_bound(keys_, wanted);
  if (it == keys_.end() || *it != wanted) return std::nullopt;
  return std::size_t(it - keys_.begin());
}

namespace {

// Strides with which the keys of points are in the order of points; none if the product does not fit.
std::optional<std::vector<std::uint64_t>> strides_of(const std::vector<Tunable>& tunables) {
  std::vector<std::uint64_t> out(tunables.size());
  std::uint64_t product = 1;
  for (std::size_t i = tunables.size(); i-- > 0;) {
    out[i] = product;
    if (product > std::numeric_limits<std::uint64_t>::max() / tunables[i].values.size()) return std::nullopt;
    product *= tunables[i].values.size();
  }
  return out;
}

}  // namespace

Space::Space() : known_(std::make_shared<Known>()) {
  known_->prepare({}, {});
}

Result<Space> Space::make(const Plan& plan, const Scope& device) {
  Point wanted;
  for (const Tunable& t : plan.tunables) {
    if (t.values.empty() || t.default_index >= t.values.size())
      return invalid("tunable {}: no value, or no such default", t.name);
    wanted.push_back(std::uint32_t(t.default_index));
  }
  Space space;
  space.known_ = std::make_shared<Known>();
  space.known_->device = facts_of(device);
  space.known_->prepare(plan.tunables, plan.constraints);
  const auto nearest = space.nearest_valid(wanted);
  if (nearest) {
    space.known_->defaults = *nearest;
    return space;
  }
  // The reason is easiest seen at the defaults.
  const PointScope scope(plan.tunables, wanted, space.known_->device);
  for (const Expression& c : plan.constraints) {
    const auto value = c.evaluate(scope);
    if (!value) return invalid("no point satisfies the constraints; at the defaults: {}", value.error().message);
    if (!value->truth())
      return invalid("no point satisfies the constraints; \"{}\" is false at the defaults ({})", c.text(),
                     shown(plan.tunables, wanted));
  }
  return invalid("no point satisfies the constraints");
}

Result<Space> Space::of_points(std::vector<Tunable> tunables, std::span<const Point> points) {
  for (const Tunable& t : tunables)
    if (t.values.empty() || t.default_index >= t.values.size())
      return invalid("tunable {}: no value, or no such default", t.name);
  Space space;
  Known& known = *(space.known_ = std::make_shared<Known>());
  known.prepare(std::move(tunables), {});
  known.only_listed = known.list_tried = true;
  if (points.empty()) return invalid("a space without points");
  auto strides = strides_of(known.tunables);
  if (!strides) return invalid("{} tunables have more combinations than can be counted", known.tunables.size());
  PointList& list = known.list.emplace();
  list.strides_ = *std::move(strides);
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!known.in_range(points[i])) return invalid("point {}: not one value of every tunable", i);
    list.keys_.push_back(list.key(points[i]));
  }
  std::ranges::sort(list.keys_);
  if (const auto twice = std::ranges::adjacent_find(list.keys_); twice != list.keys_.end())
    return invalid("a point is there twice: {}",
                   shown(known.tunables, list.at(std::size_t(twice - list.keys_.begin()))));
  Point wanted;
  for (const Tunable& t : known.tunables) wanted.push_back(std::uint32_t(t.default_index));
  known.defaults = space.nearest_valid(wanted).value();
  return space;
}

std::optional<Point> Space::nearest_valid(const Point& wanted) const {
  if (valid(wanted)) return wanted;
  std::optional<Point> best;
  const auto consider = [&](const Point& p) {
    if (!best || steps_between(p, wanted) < steps_between(*best, wanted)) best = p;
  };
  if (const PointList* all = known_->only_listed ? listed() : nullptr) {
    for (std::size_t i = 0; i < all->size(); ++i) consider(all->at(i));
    return best;
  }
  if (cartesian_size() <= exhaustive_points) {
    for (auto p = next(std::nullopt); p; p = next(p)) consider(*p);
    return best;
  }
  if (const auto first = next(std::nullopt)) consider(*first);
  Rng rng(0, "space defaults");
  for (int i = 0; i < most_probes; ++i) {
    // Half of the probes change only one or two tunables, because the nearest valid point is likely near.
    Point p = random_point(known_->tunables, rng);
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

const std::vector<Tunable>& Space::tunables() const {
  return known_->tunables;
}

double Space::cartesian_size() const {
  double size = 1;
  for (const Tunable& t : known_->tunables) size *= double(t.values.size());
  return size;
}

bool Space::valid(const Point& p) const {
  if (!known_->in_range(p)) return false;
  if (known_->only_listed) return known_->list->index(p).has_value();
  return std::ranges::all_of(known_->rules,
                             [&](Rule& rule) { return rule.holds(known_->tunables, p, known_->device); });
}

Point Space::defaults() const {
  return known_->defaults;
}

const PointList* Space::listed() const {
  Known& known = *known_;
  if (!known.list_tried) {
    known.list_tried = true;
    auto strides = strides_of(known.tunables);
    if (!strides || (known.rules.empty() && cartesian_size() > double(most_listed))) return nullptr;
    PointList list;
    list.strides_ = *std::move(strides);
    std::uint64_t steps = most_steps;
    Point p(known.tunables.size(), 0);
    bool more = true;
    while (more) {
      const auto found = known.from(p, steps);
      if (steps == 0 || (found && list.keys_.size() == most_listed)) return nullptr;
      if (!found) break;
      list.keys_.push_back(list.key(*found));
      p = *found;
      more = known.advance(p);
    }
    known.list = std::move(list);
  }
  return known.list ? &*known.list : nullptr;
}

std::optional<double> Space::size() const {
  if (const PointList* all = listed()) return double(all->size());
  if (known_->rules.empty()) return cartesian_size();
  if (!known_->groups_made) known_->make_groups();
  if (known_->groups.empty() || !known_->holds(Point(known_->tunables.size(), 0), 0)) return std::nullopt;
  double product = 1;
  for (const Known::Group& group : known_->groups) {
    const auto its = group.space.size();
    if (!its) return std::nullopt;
    product *= *its;
  }
  return product;
}

std::optional<Point> Space::random(Rng& rng) const {
  Known& known = *known_;
  if (known.rules.empty() && !known.only_listed) return random_point(known.tunables, rng);
  if (const PointList* all = listed())
    return all->size() > 0 ? std::optional(all->at(rng.below(all->size()))) : std::nullopt;
  if (!known.holds(Point(known.tunables.size(), 0), 0)) return std::nullopt;
  if (!known.groups_made) known.make_groups();
  if (!known.groups.empty()) {
    Point p(known.tunables.size(), 0);
    for (const Known::Group& group : known.groups) {
      const auto part = group.space.random(rng);
      if (!part) return std::nullopt;
      for (std::size_t k = 0; k < part->size(); ++k) p[group.tunables[k]] = (*part)[k];
    }
    return p;
  }
  for (int i = 0; i < most_probes; ++i) {
    Point p = random_point(known.tunables, rng);
    if (valid(p)) return p;
  }
  return known.descend(rng);
}

std::vector<Point> Space::neighbours(const Point& p) const {
  std::vector<Point> out;
  if (!known_->in_range(p)) return out;
  const auto add = [&](std::size_t i, std::size_t value) {
    Point q = p;
    q[i] = std::uint32_t(value);
    if (valid(q)) out.push_back(std::move(q));
  };
  for (std::size_t i = 0; i < p.size(); ++i) {
    const auto* ascending_values = order(i);
    if (!ascending_values) {
      for (std::size_t v = 0; v < known_->tunables[i].values.size(); ++v)
        if (v != p[i]) add(i, v);
      continue;
    }
    const auto rank = std::size_t(std::ranges::find(*ascending_values, p[i]) - ascending_values->begin());
    if (rank > 0) add(i, (*ascending_values)[rank - 1]);
    if (rank + 1 < ascending_values->size()) add(i, (*ascending_values)[rank + 1]);
  }
  return out;
}

const std::vector<std::uint32_t>* Space::order(std::size_t tunable) const {
  const auto& order = known_->orders[tunable];
  return order.empty() ? nullptr : &order;
}

std::optional<Point> Space::next(const std::optional<Point>& p) const {
  Known& known = *known_;
  if (p && p->size() != known.tunables.size()) return std::nullopt;
  if (known.only_listed) {
    const PointList& all = *known.list;
    const auto it = p ? std::ranges::upper_bound(all.keys_, all.key(*p)) : all.keys_.begin();
    return it == all.keys_.end() ? std::nullopt : std::optional(all.at(std::size_t(it - all.keys_.begin())));
  }
  Point start = p ? *p : Point(known.tunables.size(), 0);
  if (p && !known.advance(start)) return std::nullopt;
  std::uint64_t steps = most_steps;
  return known.from(std::move(start), steps);
}

Parameters Space::parameters(const Point& p) const {
  return parameters_of(known_->tunables, p);
}

Result<Point> Space::point(const Parameters& parameters) const {
  return point_of(known_->tunables, parameters, true);
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
