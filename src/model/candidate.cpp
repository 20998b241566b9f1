#include "model/candidate.h"

#include <algorithm>
#include <sstream>

#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "model/json.h"
#include "model/json_reader.h"

namespace ridge {
namespace {

constexpr std::string_view kFlags = "FLAGS", kCompiler = "COMPILER";

const std::string* string_parameter(const Parameters& parameters, std::string_view name) {
  const auto it = parameters.find(name);
  return it == parameters.end() ? nullptr : std::get_if<std::string>(&it->second);
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

std::vector<std::string> chosen_flags(const Task& task, const Draft& draft) {
  std::vector<std::string> flags = draft.plan->flags;
  const std::string* choice = string_parameter(draft.parameters, kFlags);
  if (choice) {
    for (std::string& flag : words(*choice)) flags.push_back(std::move(flag));
  } else if (flags.empty()) {
    const auto rules = task.build.find(draft.dialect);
    if (rules != task.build.end()) flags = rules->second.default_flags;
  }
  return flags;
}

nlohmann::json value_json(const ParameterValue& value) {
  return std::visit([](const auto& v) { return nlohmann::json(v); }, value);
}

std::optional<ParameterValue> value_of(const nlohmann::json& json) {
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_string()) return json.get<std::string>();
  if (json.is_number_float()) return json.get<double>();
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > std::uint64_t(INT64_MAX)) return std::nullopt;
  if (json.is_number_integer()) return json.get<std::int64_t>();
  return std::nullopt;
}

}  // namespace

Result<Candidate> candidate_of(const Task& task, const TaskSource& source, const Scope& device, std::string op,
                               const Parameters& given, const std::vector<std::string>& flags) {
  RIDGE_TRY(Plan plan, plan_from_source(source.text, source.file));
  if (!flags.empty()) plan.flags = flags;
  Draft draft;
  RIDGE_TRY(draft.parameters, complete(plan, given, device));
  draft.source = std::make_shared<const std::string>(source.text);
  draft.plan = std::make_shared<const Plan>(std::move(plan));
  draft.file = source.file;
  draft.dialect = source.dialect;
  draft.op = std::move(op);
  return seal(task, std::move(draft));
}

std::string standalone_source(const Candidate& c) {
  if (!c.source || !c.plan) return c.source ? *c.source : "";
  Plan plan = *c.plan;
  for (Tunable& t : plan.tunables)
    if (const auto chosen = c.parameters.find(t.name); chosen != c.parameters.end()) {
      const auto at = std::find(t.values.begin(), t.values.end(), chosen->second);
      if (at != t.values.end()) t.default_index = std::size_t(at - t.values.begin());
    }
  return with_plan(*c.source, plan);
}

CandidateId identify(const Candidate& c) {
  Hasher hasher;
  hasher.field(name(c.dialect)).field(std::string_view(*c.source)).field(std::string_view(dump_json(to_json(*c.plan))));
  hasher.field(std::uint64_t(c.parameters.size()));
  for (const auto& [key, value] : c.parameters)  // the kind too: 1, 1.0, true and "1" are different values
    hasher.field(std::string_view(key))
        .field(std::uint64_t(value.index()))
        .field(std::string_view(value_json(value).dump()));
  hasher.field(std::uint64_t(c.flags.size()));
  for (const std::string& flag : c.flags) hasher.field(std::string_view(flag));
  return short_id('c', hasher.field(std::string_view(c.compiler)).digest());
}

Candidate seal(const Task& task, Draft draft) {
  RIDGE_CHECK(draft.source && draft.plan, "a draft has a source and a plan");
  for (const Tunable& t : draft.plan->tunables)
    if (t.default_index < t.values.size()) draft.parameters.try_emplace(t.name, t.values[t.default_index]);
  Candidate c;
  c.flags = chosen_flags(task, draft);
  if (const std::string* compiler = string_parameter(draft.parameters, kCompiler)) c.compiler = *compiler;
  c.dialect = draft.dialect;
  c.file = std::move(draft.file);
  c.source = std::move(draft.source);
  c.plan = std::move(draft.plan);
  c.parameters = std::move(draft.parameters);
  c.parents = std::move(draft.parents);
  c.op = std::move(draft.op);
  c.why = std::move(draft.why);
  c.id = identify(c);
  return c;
}

std::vector<std::pair<std::string, std::string>> macros(const Candidate& candidate) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [key, value] : candidate.parameters)
    if (key != kFlags && key != kCompiler) out.emplace_back(key, text(value));
  return out;
}

nlohmann::json to_json(const Parameters& parameters) {
  auto json = nlohmann::json::object();
  for (const auto& [key, value] : parameters) json[key] = value_json(value);
  return json;
}

nlohmann::json to_json(const Candidate& c, bool with_source) {
  nlohmann::json json = {{"candidate", c.id},    {"dialect", std::string(name(c.dialect))},
                         {"file", c.file},       {"parameters", to_json(c.parameters)},
                         {"flags", c.flags},     {"compiler", c.compiler},
                         {"parents", c.parents}, {"operator", c.op},
                         {"why", c.why}};
  if (with_source) {
    json["source"] = *c.source;
    json["plan"] = to_json(*c.plan);
  }
  return json;
}

Result<Candidate> candidate_from_json(const nlohmann::json& json, std::shared_ptr<const std::string> source,
                                      std::shared_ptr<const Plan> plan) {
  Candidate c;
  JsonReader in(json, "candidate");
  in.get("candidate", c.id);
  in.word("dialect", c.dialect, dialect_of);
  in.maybe("file", c.file);
  in.members("parameters", [&](const std::string& key, const nlohmann::json& value) {
    if (auto known = value_of(value)) {
      c.parameters.insert_or_assign(key, std::move(*known));
    } else {
      in.fault("parameters." + key, "expected a number, a string, true or false");
    }
  });
  in.get("flags", c.flags);
  in.maybe("compiler", c.compiler);
  in.maybe("parents", c.parents);
  in.maybe("operator", c.op);
  in.maybe("why", c.why);
  RIDGE_TRY_VOID(in.result());
  c.source = std::move(source);
  c.plan = std::move(plan);
  return c;
}

Result<Candidate> candidate_from_json(const nlohmann::json& json) {
  std::string source;
  JsonReader in(json, "candidate");
  in.get("source", source);
  const nlohmann::json* plan_json = in.find("plan");
  if (!plan_json) in.fault("plan", "missing");
  RIDGE_TRY_VOID(in.result());
  auto plan = plan_from_json(*plan_json);
  if (!plan) return within("candidate.plan", plan.error());
  return candidate_from_json(json, std::make_shared<const std::string>(std::move(source)),
                             std::make_shared<const Plan>(*std::move(plan)));
}

}  // namespace ridge
