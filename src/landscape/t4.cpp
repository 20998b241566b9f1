#include <algorithm>
#include <map>

#include "base/text.h"
#include "landscape/internal/builder.h"
#include "model/json.h"

namespace ridge {
namespace {

using landscape::Json;
using landscape::text_of;

const std::map<std::string, double, std::less<>> kUnits = {
    {"seconds", 1},         {"s", 1},
    {"milliseconds", 1e-3}, {"miliseconds", 1e-3},  // as the hub spells it
    {"ms", 1e-3},           {"microseconds", 1e-6},
    {"us", 1e-6},           {"nanoseconds", 1e-9},
    {"ns", 1e-9},
};

Result<const Json*> member(const std::string& where, const Json& object, const char* key, bool array) {
  const auto it = object.is_object() ? object.find(key) : object.end();
  if (!object.is_object() || it == object.end()) return invalid("{}.{}: missing", where, key);
  if (array ? !it->is_array() : !it->is_object())
    return invalid("{}.{}: expected an {}, found {}", where, key, array ? "array" : "object", it->type_name());
  return &*it;
}

// T1 writes lists of values as Python does, inside a text; plain arrays are taken too.
Result<Json> values_of(const std::string& where, const Json& json) {
  if (!json.is_string()) return json;
  std::string text = json.get<std::string>();
  std::ranges::replace(text, '\'', '"');
  for (const auto& [from, to] : {std::pair{"True", "true"}, {"False", "false"}})
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
      text.replace(at, std::string_view(from).size(), to);
    }
  return parse_json(text, where);
}

struct SpaceOfT1 {
  std::vector<Tunable> tunables;
  std::vector<Expression> conditions;
  std::string kernel;
  std::vector<std::string> notes;
};

Result<SpaceOfT1> read_t1(std::string_view text, const std::string& name) {
  RIDGE_TRY(const Json file, parse_json(text, name));
  SpaceOfT1 out;
  RIDGE_TRY(const Json* space, member(name, file, "ConfigurationSpace", false));
  const std::string where = name + ".ConfigurationSpace";
  RIDGE_TRY(const Json* parameters, member(where, *space, "TuningParameters", true));
  for (std::size_t i = 0; i < parameters->size(); ++i) {
    const Json& p = (*parameters)[i];
    const std::string at = fmt::format("{}.TuningParameters[{}]", where, i);
    const std::string its = text_of(p, "Name");
    if (its.empty()) return invalid("{}.Name: missing or not a text", at);
    for (const Tunable& t : out.tunables)
      if (t.name == its) return invalid("{}.Name: {} is there twice", at, its);
    if (!p.contains("Values")) return invalid("{}.Values: missing", at);
    RIDGE_TRY(const Json values, values_of(at + ".Values", p["Values"]));
    RIDGE_TRY(Tunable t, landscape::tunable(at + ".Values", its, values));
    // A default that is none of the values is as good as none.
    if (p.contains("Default"))
      if (const auto index = landscape::value_index(at + ".Default", t, p["Default"])) t.default_index = *index;
    out.tunables.push_back(std::move(t));
  }
  if (const auto conditions = space->find("Conditions"); conditions != space->end() && conditions->is_array())
    for (std::size_t i = 0; i < conditions->size(); ++i) {
      const std::string expression = text_of((*conditions)[i], "Expression");
      auto condition = condition_from_python(expression);
      if (condition) {
        out.conditions.push_back(*std::move(condition));
      } else {
        out.notes.push_back(fmt::format("{}.Conditions[{}] is not used: {}", where, i, condition.error().message));
      }
    }
  if (const auto kernel = file.find("KernelSpecification"); kernel != file.end())
    out.kernel = text_of(*kernel, "KernelName");
  return out;
}

// The objective's measurement.
Result<const Json*> objective_of(const std::string& where, const Json& result) {
  std::string wanted = "time";
  if (const auto names = result.find("objectives"); names != result.end() && names->is_array() && !names->empty()) {
    if (!(*names)[0].is_string()) return invalid("{}.objectives[0]: expected a text", where);
    wanted = (*names)[0].get<std::string>();
  }
  if (wanted != "time") return invalid("{}: objective \"{}\": only sweeps of \"time\" can be replayed", where, wanted);
  RIDGE_TRY(const Json* measurements, member(where, result, "measurements", true));
  for (const Json& m : *measurements)
    if (text_of(m, "name") == wanted && m.contains("value")) return &m["value"];
  return invalid("{}.measurements: none is named \"{}\"", where, wanted);
}

}  // namespace

Result<Landscape> read_t4(std::string_view t4, std::string_view t1, const std::string& name) {
  RIDGE_TRY(SpaceOfT1 space, read_t1(t1, name + " (T1)"));
  RIDGE_TRY(const Json file, parse_json(t4, name));
  if (!file.is_object()) return invalid("{}: expected an object, found {}", name, file.type_name());
  double unit = 1e-3;  // what the schema says where the file says nothing
  if (const auto metadata = file.find("metadata"); metadata != file.end()) {
    const std::string word = text_of(*metadata, "timeunit");
    const auto known = kUnits.find(word);
    if (!word.empty() && known == kUnits.end())
      return invalid("{}: metadata.timeunit: \"{}\" is not a unit of time (milliseconds, seconds …)", name, word);
    if (known != kUnits.end()) unit = known->second;
  }
  RIDGE_TRY(const Json* results, member(name, file, "results", true));
  Landscape out;
  out.name = name;
  out.kernel = space.kernel;
  out.notes = space.notes;
  std::size_t restricted = 0;
  for (std::size_t i = 0; i < results->size(); ++i) {
    const Json& result = (*results)[i];
    const std::string where = fmt::format("{}: results[{}]", name, i);
    RIDGE_TRY(const Json* configuration, member(where, result, "configuration", false));
    Configuration c;
    RIDGE_TRY(c.point, landscape::point(where + ".configuration", space.tunables, *configuration, false));
    const std::string validity = text_of(result, "invalidity");
    if (validity.empty()) return invalid("{}.invalidity: missing or not a text", where);
    if (validity != "correct") c.failure = validity;
    MapScope scope;
    for (std::size_t t = 0; t < c.point.size(); ++t) {
      const ParameterValue& v = space.tunables[t].values[c.point[t]];
      if (const auto* integer = std::get_if<std::int64_t>(&v)) scope.set(space.tunables[t].name, *integer);
      if (const auto* real = std::get_if<double>(&v)) scope.set(space.tunables[t].name, *real);
      if (const auto* flag = std::get_if<bool>(&v)) scope.set(space.tunables[t].name, int(*flag));
    }
    const bool holds = std::ranges::all_of(space.conditions, [&](const Expression& e) {
      const auto value = e.evaluate(scope);
      return value && value->truth();
    });
    if (!holds || c.failure == "constraints") {
      ++restricted;
      continue;
    }
    RIDGE_TRY(const Json* value, objective_of(where, result));
    if (c.failure.empty()) RIDGE_TRY_VOID(landscape::read_value(where + ".measurements", *value, unit, c));
    if (const auto times = result.find("times"); times != result.end() && times->is_object()) {
      if (const auto runs = times->find("runtimes"); runs != times->end() && c.seconds) {
        RIDGE_TRY(c.runs, landscape::times(where + ".times.runtimes", *runs, unit));
      }
      if (const auto compile = times->find("compilation"); compile != times->end() && compile->is_number())
        c.compile_seconds = compile->get<double>() * unit;
    }
    out.configurations.push_back(std::move(c));
  }
  if (restricted > 0)
    out.notes.push_back(fmt::format("{} configurations that violate conditions left out", restricted));
  RIDGE_TRY_VOID(landscape::complete(out, std::move(space.tunables), name));
  return out;
}

}  // namespace ridge
