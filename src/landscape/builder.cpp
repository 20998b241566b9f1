#include "landscape/internal/builder.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace ridge::landscape {
namespace {

constexpr std::size_t most_values = 4096;   // of one tunable
constexpr double invalid_from = 1e19;       // seconds: old cache files write 1e20 for what failed
constexpr std::size_t most_runs = 100'000;  // of one configuration

Result<ParameterValue> value(const std::string& where, const Json& json) {
  if (json.is_boolean()) return ParameterValue(json.get<bool>());
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > std::uint64_t(INT64_MAX))
    return invalid("{}: {} is out of range", where, json.dump());
  if (json.is_number_integer()) return ParameterValue(json.get<std::int64_t>());
  if (json.is_number_float() && std::isfinite(json.get<double>())) return ParameterValue(json.get<double>());
  if (json.is_string()) return ParameterValue(json.get<std::string>());
  return invalid("{}: expected a number, a text or a boolean, found {}", where, json.type_name());
}

}  // namespace

Result<Tunable> tunable(const std::string& where, const std::string& name, const Json& values) {
  Tunable t;
  t.name = name;
  if (name.empty()) return invalid("{}: a tunable without a name", where);
  if (!values.is_array() || values.empty() || values.size() > most_values)
    return invalid("{}: expected an array of 1 to {} values", where, most_values);
  bool reals = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    RIDGE_TRY(ParameterValue v, value(fmt::format("{}[{}]", where, i), values[i]));
    reals = reals || std::holds_alternative<double>(v);
    t.values.push_back(std::move(v));
  }
  if (reals)  // [1, 2.5] are reals, all of them
    for (ParameterValue& v : t.values)
      if (const auto* integer = std::get_if<std::int64_t>(&v)) v = double(*integer);
  for (std::size_t i = 0; i < t.values.size(); ++i) {
    if (t.values[i].index() != t.values[0].index())
      return invalid("{}[{}]: {} is of another kind than {}", where, i, text(t.values[i]), text(t.values[0]));
    if (std::find(t.values.begin(), t.values.begin() + std::ptrdiff_t(i), t.values[i]) !=
        t.values.begin() + std::ptrdiff_t(i))
      return invalid("{}[{}]: the value {} is there twice", where, i, text(t.values[i]));
  }
  return t;
}

Result<std::uint32_t> value_index(const std::string& where, const Tunable& tunable, const Json& json) {
  RIDGE_TRY(ParameterValue v, value(where, json));
  if (const auto* integer = std::get_if<std::int64_t>(&v); integer && std::holds_alternative<double>(tunable.values[0]))
    v = double(*integer);
  const auto it = std::ranges::find(tunable.values, v);
  if (it != tunable.values.end()) return std::uint32_t(it - tunable.values.begin());
  std::vector<std::string> known;
  for (const ParameterValue& k : tunable.values) known.push_back(text(k));
  if (known.size() > 20) known.resize(20);
  return invalid("{}: {} is not one of its values ({}{})", where, text(v), join(known, ", "),
                 tunable.values.size() > known.size() ? ", …" : "");
}

Result<Point> point(const std::string& where, std::span<const Tunable> tunables, const Json& object, bool open) {
  if (!object.is_object()) return invalid("{}: expected an object, found {}", where, object.type_name());
  Point p;
  for (const Tunable& t : tunables) {
    const auto it = object.find(t.name);
    if (it == object.end()) return invalid("{}.{}: missing", where, t.name);
    RIDGE_TRY(const std::uint32_t index, value_index(where + "." + t.name, t, *it));
    p.push_back(index);
  }
  if (open || object.size() == tunables.size()) return p;
  std::vector<std::string> known;
  for (const Tunable& t : tunables) known.push_back(t.name);
  for (const auto& [key, ignored] : object.items())
    if (std::ranges::find(known, key) == known.end())
      return invalid("{}.{}: no such tunable{}", where, key, suggestion(key, known));
  return p;
}

Result<std::vector<double>> times(const std::string& where, const Json& array, double unit) {
  if (!array.is_array() || array.size() > most_runs)
    return invalid("{}: expected an array of at most {} numbers", where, most_runs);
  std::vector<double> out;
  for (std::size_t i = 0; i < array.size(); ++i) {
    const double v = array[i].is_number() ? array[i].get<double>() : NAN;
    if (!(v > 0 && std::isfinite(v)))
      return invalid("{}[{}]: expected a positive number, found {}", where, i, array[i].dump().substr(0, 40));
    out.push_back(v * unit);
  }
  return out;
}

Result<void> read_value(const std::string& where, const Json& json, double unit, Configuration& c) {
  if (json.is_string()) {
    const std::string& word = json.get_ref<const std::string&>();
    // kernel_tuner's words for what failed.
    c.failure = word == "CompilationFailedConfig" ? "compile"
                : word == "RuntimeFailedConfig"   ? "runtime"
                : word == "InvalidConfig"         ? "constraints"
                                                  : word;
    if (c.failure.empty()) return invalid("{}: an empty text is neither a time nor the name of a failure", where);
    return {};
  }
  const double v = json.is_number() ? json.get<double>() : NAN;
  if (!(v > 0 && std::isfinite(v)))
    return invalid("{}: expected a positive number or the name of a failure, found {}", where,
                   json.dump().substr(0, 40));
  if (v >= invalid_from) {
    c.failure = "runtime";
  } else if (c.failure.empty()) {
    c.seconds = v * unit;
  }
  return {};
}

Result<void> complete(Landscape& landscape, std::vector<Tunable> tunables, const std::string& where) {
  auto& all = landscape.configurations;
  if (all.empty()) return invalid("{}: no configuration was recorded", where);
  std::vector<Point> points;
  for (const Configuration& c : all) points.push_back(c.point);
  auto space = Space::of_points(std::move(tunables), points);
  if (!space) return within(where, space.error());
  landscape.space = *std::move(space);
  std::ranges::sort(all, {}, &Configuration::point);
  for (const Configuration& c : all) {
    if (!c.seconds) {
      ++landscape.failed;
    } else if (landscape.best_seconds == 0 || *c.seconds < landscape.best_seconds) {
      landscape.best_seconds = *c.seconds;
    }
  }
  if (landscape.best_seconds == 0)
    return invalid("{}: every configuration failed; there is nothing to search for", where);
  return {};
}

std::string text_of(const Json& object, const char* key) {
  const auto it = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && it != object.end() && it->is_string() ? it->get<std::string>() : "";
}

}  // namespace ridge::landscape

namespace ridge {

const Configuration* Landscape::find(const Point& point) const {
  const auto at = space.listed()->index(point);
  return at && configurations[*at].point == point ? &configurations[*at] : nullptr;
}

Prior prior_from(const Landscape& other, const Space& here) {
  // Values of each tunable of `here` as places in the other's lists; kMissing where it has none of that name or value.
  constexpr std::uint32_t missing = UINT32_MAX;
  std::vector<std::vector<std::uint32_t>> places;  // [tunable of other][value of here]
  std::vector<std::size_t> sources;                // tunable of here
  for (const Tunable& theirs : other.space.tunables()) {
    const auto& ours = here.tunables();
    const auto it = std::ranges::find(ours, theirs.name, &Tunable::name);
    if (it == ours.end() && theirs.values.size() > 1) return {};
    auto& place = places.emplace_back();
    sources.push_back(it == ours.end() ? SIZE_MAX : std::size_t(it - ours.begin()));
    if (it == ours.end()) continue;
    for (const ParameterValue& v : it->values) {
      const auto at = std::ranges::find(theirs.values, v);
      place.push_back(at == theirs.values.end() ? missing : std::uint32_t(at - theirs.values.begin()));
    }
  }
  return [&other, places = std::move(places), sources = std::move(sources)](const Point& p) -> PointCost {
    Point q(places.size(), 0);
    for (std::size_t t = 0; t < q.size(); ++t) {
      if (sources[t] == SIZE_MAX) continue;
      q[t] = places[t][p[sources[t]]];
      if (q[t] == missing) return std::nullopt;
    }
    const Configuration* c = other.find(q);
    return c ? c->seconds : std::nullopt;
  };
}

}  // namespace ridge
