#include "landscape/export.h"

#include <nlohmann/json.hpp>

namespace ridge {
namespace {

nlohmann::json value_json(const ParameterValue& v) {
  return std::visit([](const auto& x) { return nlohmann::json(x); }, v);
}

// The schema's words for how far a configuration came.
const char* invalidity(const Evaluation& e) {
  switch (e.verdict) {
    case Verdict::ok:
      return "correct";
    case Verdict::rejected:
      return "constraints";
    case Verdict::compile_failed:
      return "compile";
    case Verdict::timed_out:
      return "timeout";
    case Verdict::wrong_result:
      return "correctness";
    case Verdict::launch_failed:
    case Verdict::crashed:
      return "runtime";
  }
  return "runtime";
}

}  // namespace

nlohmann::json to_t4(const ArchiveView& archive) {
  nlohmann::json results = nlohmann::json::array();
  for (const CandidateId& id : archive.evaluated()) {
    const Record& record = *archive.find(id);
    const Evaluation& e = *record.evaluation;
    // The seed has no parameters of the template's space; it is no configuration.
    if (record.candidate.parameters.empty()) continue;
    nlohmann::json configuration = nlohmann::json::object();
    for (const auto& [name, v] : record.candidate.parameters) configuration[name] = value_json(v);
    nlohmann::json times = {{"compilation", 1e3 * e.compile.seconds},
                            {"framework", 1e3 * e.cost.own_s},
                            {"search_algorithm", 0},
                            {"validation", 1e3 * e.cost.draw_check_s}};
    // A search has several workloads; the objective is their total, and each has a measurement of its own.
    nlohmann::json measurements = nlohmann::json::array();
    double total_ms = 0;
    for (const WorkloadResult& w : e.workloads) {
      if (!w.timing) continue;
      total_ms += 1e3 * w.timing->median;
      measurements.push_back({{"name", "time " + w.name}, {"value", 1e3 * w.timing->median}, {"unit", "ms"}});
    }
    if (record.ok()) {
      // Named objects: insert() would take a bare list for several elements.
      measurements.insert(measurements.begin(),
                          nlohmann::json::object({{"name", "time"}, {"value", total_ms}, {"unit", "ms"}}));
      if (e.score)
        measurements.push_back({{"name", e.score->name}, {"value", e.score->value}, {"unit", e.score->unit}});
    } else {
      measurements = nlohmann::json::array(
          {nlohmann::json::object({{"name", "time"}, {"value", std::string(name(e.reason))}, {"unit", ""}})});
    }
    results.push_back({{"configuration", configuration},
                       {"times", times},
                       {"invalidity", invalidity(e)},
                       {"correctness", record.ok() ? 1 : 0},
                       {"measurements", measurements},
                       {"objectives", {"time"}}});
  }
  return {{"metadata", {{"timeunit", "miliseconds"}}}, {"schema_version", "1.0.0"}, {"results", results}};
}

nlohmann::json to_t1(const Plan& plan, const std::string& benchmark) {
  nlohmann::json parameters = nlohmann::json::array(), conditions = nlohmann::json::array();
  for (const Tunable& t : plan.tunables) {
    nlohmann::json values = nlohmann::json::array();
    for (const ParameterValue& v : t.values) values.push_back(value_json(v));
    static constexpr const char* kinds[] = {"int", "float", "bool", "string"};
    const ParameterValue& first = t.values.front();
    const char* kind = std::holds_alternative<std::int64_t>(first) ? kinds[0]
                       : std::holds_alternative<double>(first)     ? kinds[1]
                       : std::holds_alternative<bool>(first)       ? kinds[2]
                                                                   : kinds[3];
    parameters.push_back({{"Name", t.name},
                          {"Type", kind},
                          {"Values", values.dump()},
                          {"Default", value_json(t.values[t.default_index])}});
  }
  for (const Expression& c : plan.constraints)
    conditions.push_back({{"Expression", c.text()}, {"Parameters", c.symbols()}});
  return {{"General", {{"BenchmarkName", benchmark}, {"OutputFormat", "JSON"}}},
          {"ConfigurationSpace", {{"TuningParameters", parameters}, {"Conditions", conditions}}}};
}

}  // namespace ridge
