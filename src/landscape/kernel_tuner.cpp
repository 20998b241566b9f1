#include "landscape/internal/builder.h"
#include "model/json.h"

namespace ridge {
namespace {

using landscape::Json;
using landscape::text_of;

constexpr double milliseconds = 1e-3;  // the unit of all times in a cache file

}  // namespace

Result<Landscape> read_kernel_tuner(std::string_view text, const std::string& name) {
  // A tuner that was killed, or still runs, leaves the closing brackets away.
  std::string closed;
  const std::size_t last = text.find_last_not_of(" \t\r\n");
  if (last != std::string_view::npos && text[last] == ',') {
    closed = std::string(text.substr(0, last)) + "}}";
    text = closed;
  }
  RIDGE_TRY(const Json file, parse_json(text, name));
  if (!file.is_object()) return invalid("{}: expected an object, found {}", name, file.type_name());
  const auto keys = file.find("tune_params_keys"), params = file.find("tune_params"), cache = file.find("cache");
  if (keys == file.end() || !keys->is_array()) return invalid("{}: tune_params_keys: expected an array", name);
  if (params == file.end() || !params->is_object()) return invalid("{}: tune_params: expected an object", name);
  if (cache == file.end() || !cache->is_object()) return invalid("{}: cache: expected an object", name);
  std::string objective = text_of(file, "objective");
  if (objective.empty()) objective = "time";
  if (objective != "time")
    return invalid("{}: objective \"{}\": only sweeps of \"time\" can be replayed", name, objective);

  Landscape out;
  out.name = name;
  out.kernel = text_of(file, "kernel_name");
  out.device = text_of(file, "device_name");
  std::vector<Tunable> tunables;
  for (const Json& key : *keys) {
    if (!key.is_string()) return invalid("{}: tune_params_keys: expected texts, found {}", name, key.type_name());
    const auto& its = key.get_ref<const std::string&>();
    const auto values = params->find(its);
    if (values == params->end()) return invalid("{}: tune_params.{}: missing", name, its);
    for (const Tunable& t : tunables)
      if (t.name == its) return invalid("{}: tune_params_keys: {} is there twice", name, its);
    RIDGE_TRY(Tunable t, landscape::tunable(fmt::format("{}: tune_params.{}", name, its), its, *values));
    tunables.push_back(std::move(t));
  }
  std::size_t restricted = 0;
  for (const auto& [key, entry] : cache->items()) {
    const std::string where = fmt::format("{}: cache[\"{}\"]", name, key);
    Configuration c;
    RIDGE_TRY(c.point, landscape::point(where, tunables, entry, true));
    const auto value = entry.find("time");
    if (value == entry.end()) return invalid("{}.time: missing", where);
    RIDGE_TRY_VOID(landscape::read_value(where + ".time", *value, milliseconds, c));
    if (c.failure == "constraints") {  // not compiled and not run: no configuration of the space
      ++restricted;
      continue;
    }
    if (const auto runs = entry.find("times"); runs != entry.end() && c.seconds) {
      RIDGE_TRY(c.runs, landscape::times(where + ".times", *runs, milliseconds));
    }
    if (const auto compile = entry.find("compile_time"); compile != entry.end() && compile->is_number())
      c.compile_seconds = compile->get<double>() * milliseconds;
    out.configurations.push_back(std::move(c));
  }
  if (restricted > 0)
    out.notes.push_back(fmt::format("{} configurations that violate restrictions left out", restricted));
  RIDGE_TRY_VOID(landscape::complete(out, std::move(tunables), name));
  return out;
}

}  // namespace ridge
