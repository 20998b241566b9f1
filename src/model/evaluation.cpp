#include "model/evaluation.h"

#include <nlohmann/json.hpp>

#include "model/internal/evaluation_json.h"

namespace ridge {

std::string_view name(DuelOutcome o) {
  switch (o) {
    case DuelOutcome::faster:
      return "faster";
    case DuelOutcome::slower:
      return "slower";
    case DuelOutcome::undecided:
      return "undecided";
    case DuelOutcome::voided:
      return "voided";
    case DuelOutcome::failed:
      return "failed";
  }
  return "";
}

std::optional<DuelOutcome> duel_outcome_of(std::string_view word) {
  for (int i = 0; i <= int(DuelOutcome::failed); ++i)
    if (name(DuelOutcome(i)) == word) return DuelOutcome(i);
  return std::nullopt;
}

std::string_view name(CheckOutcome o) {
  switch (o) {
    case CheckOutcome::held:
      return "held";
    case CheckOutcome::failed:
      return "failed";
    case CheckOutcome::not_possible:
      return "not_possible";
  }
  return "";
}

std::optional<CheckOutcome> check_outcome_of(std::string_view word) {
  for (int i = 0; i <= int(CheckOutcome::not_possible); ++i)
    if (name(CheckOutcome(i)) == word) return CheckOutcome(i);
  return std::nullopt;
}

nlohmann::json to_json(const Evaluation& e) {
  nlohmann::json json = {{"candidate", e.candidate},
                         {"device", e.device},
                         {"verdict", std::string(name(e.verdict))},
                         {"reason", reason_json(e.reason)},
                         {"compile",
                          {{"seconds", e.compile.seconds},
                           {"unit", e.compile.unit},
                           {"cached", e.compile.cached},
                           {"binary", e.compile.binary},
                           {"facts", e.compile.facts}}},
                         {"workloads", list_json(e.workloads, workload_json)},
                         {"score", nullptr},
                         {"diagnostics", list_json(e.diagnostics, diagnostic_json)},
                         {"hopeless", e.hopeless},
                         {"cost", cost_json(e.cost)}};
  if (e.score)
    json["score"] = {
        {"name", e.score->name}, {"value", e.score->value}, {"unit", e.score->unit}, {"against", e.score->against}};
  if (e.duplicate_of) json["duplicate_of"] = *e.duplicate_of;
  return json;
}

Result<Evaluation> evaluation_from_json(const nlohmann::json& json) {
  Evaluation e;
  JsonReader in(json, "evaluation");
  in.get("candidate", e.candidate);
  in.get("device", e.device);
  in.word("verdict", e.verdict, verdict_of);
  read_reason(in, e.reason);
  in.object("compile", [&](JsonReader& c) {
    c.get("seconds", e.compile.seconds);
    c.get("unit", e.compile.unit);
    c.get("cached", e.compile.cached);
    c.get("binary", e.compile.binary);
    c.members("facts", [&](const std::string& key, const nlohmann::json& value) {
      if (!value.is_string()) return c.fault("facts." + key, "expected a string, found {}", value.type_name());
      e.compile.facts.insert_or_assign(key, value.get<std::string>());
    });
  });
  in.list("workloads", e.workloads, read_workload);
  in.maybe_object("score", [&](JsonReader& s) {
    Score& score = e.score.emplace();
    s.get("name", score.name);
    s.get("value", score.value);
    s.get("unit", score.unit);
    s.get("against", score.against);
  });
  in.list("diagnostics", e.diagnostics, read_diagnostic);
  in.maybe("duplicate_of", e.duplicate_of);
  in.maybe("hopeless", e.hopeless);
  read_cost(in, e.cost);
  RIDGE_TRY_VOID(in.result());
  return e;
}

}  // namespace ridge
