// JSON of what is decided about candidates after screening: duels, confirmations, gate attempts.
#include "model/internal/evaluation_json.h"

namespace ridge {
namespace {

nlohmann::json fault_json(const Fault& f) {
  return {{"verdict", std::string(name(f.verdict))},
          {"reason", reason_json(f.reason)},
          {"stage", f.stage},
          {"text", f.text}};
}

void read_fault(JsonReader& in, Fault& f) {
  in.word("verdict", f.verdict, verdict_of);
  read_reason(in, f.reason);
  in.get("stage", f.stage);
  in.get("text", f.text);
}

void read_check(JsonReader& in, TrustCheck& c) {
  in.get("mechanism", c.mechanism);
  in.word("outcome", c.outcome, check_outcome_of);
  in.get("detail", c.detail);
}

}  // namespace

nlohmann::json check_json(const TrustCheck& c) {
  return {{"mechanism", c.mechanism}, {"outcome", std::string(name(c.outcome))}, {"detail", c.detail}};
}

nlohmann::json duel_json(const DuelRecord& d) {
  nlohmann::json json = {{"incumbent", d.incumbent},
                         {"candidate", d.candidate},
                         {"purpose", d.purpose},
                         {"workloads", d.workloads},
                         {"visits_s", d.visits},
                         {"looks", d.looks},
                         {"dropped", d.dropped},
                         {"processes", d.processes},
                         {"outcome", std::string(name(d.outcome))},
                         {"ratio", interval_json(d.ratio)},
                         {"per_workload", list_json(d.per_workload, interval_json)},
                         {"differs", d.differs},
                         {"sigma_d", d.sigma_d},
                         {"cost", cost_json(d.cost)}};
  if (d.fault) {
    json["fault"] = fault_json(*d.fault);
    json["fault"]["incumbent"] = d.fault_is_incumbent;
  }
  return json;
}

void read_duel(JsonReader& in, DuelRecord& d) {
  in.get("incumbent", d.incumbent);
  in.get("candidate", d.candidate);
  in.get("purpose", d.purpose);
  in.get("workloads", d.workloads);
  in.get("visits_s", d.visits);
  in.get("looks", d.looks);
  in.get("dropped", d.dropped);
  in.get("processes", d.processes);
  in.word("outcome", d.outcome, duel_outcome_of);
  in.object("ratio", [&](JsonReader& r) { read_interval(r, d.ratio); });
  in.list("per_workload", d.per_workload, read_interval);
  in.get("differs", d.differs);
  in.get("sigma_d", d.sigma_d);
  read_cost(in, d.cost);
  in.maybe_object("fault", [&](JsonReader& f) {
    read_fault(f, d.fault.emplace());
    f.get("incumbent", d.fault_is_incumbent);
  });
}

nlohmann::json to_json(const DuelRecord& d) {
  return duel_json(d);
}

nlohmann::json to_json(const Confirmation& c) {
  nlohmann::json json = {{"candidate", c.candidate},
                         {"passed", c.passed},
                         {"claimed", c.claimed},
                         {"delta", c.delta},
                         {"processes", c.processes},
                         {"draws", c.draws},
                         {"workloads", list_json(c.workloads, workload_json)},
                         {"against_seed", nullptr},
                         {"against_baselines", nlohmann::json::array()},
                         {"checks", list_json(c.checks, check_json)},
                         {"binary", c.binary},
                         {"seed_binary", c.seed_binary},
                         {"diagnostics", list_json(c.diagnostics, diagnostic_json)},
                         {"cost", cost_json(c.cost)}};
  if (c.fault) json["fault"] = fault_json(*c.fault);
  if (c.against_seed) json["against_seed"] = duel_json(*c.against_seed);
  for (const auto& [baseline, duel] : c.against_baselines)
    json["against_baselines"].push_back({{"name", baseline}, {"duel", duel_json(duel)}});
  return json;
}

nlohmann::json to_json(const GateAttempt& g) {
  return {{"candidate", g.candidate},
          {"attempt", g.attempt},
          {"passed", g.passed},
          {"workloads", list_json(g.workloads, workload_json)},
          {"ratios", list_json(g.ratios, interval_json)},
          {"reason", reason_json(g.reason)},
          {"cost", cost_json(g.cost)}};
}

Result<DuelRecord> duel_from_json(const nlohmann::json& json) {
  DuelRecord duel;
  JsonReader in(json, "duel");
  read_duel(in, duel);
  RIDGE_TRY_VOID(in.result());
  return duel;
}

Result<Confirmation> confirmation_from_json(const nlohmann::json& json) {
  Confirmation c;
  JsonReader in(json, "confirmation");
  in.get("candidate", c.candidate);
  in.get("passed", c.passed);
  in.get("claimed", c.claimed);
  in.get("delta", c.delta);
  in.get("processes", c.processes);
  in.get("draws", c.draws);
  in.list("workloads", c.workloads, read_workload);
  in.maybe_object("against_seed", [&](JsonReader& d) { read_duel(d, c.against_seed.emplace()); });
  in.list("against_baselines", c.against_baselines, [](JsonReader& item, std::pair<std::string, DuelRecord>& row) {
    item.get("name", row.first);
    item.object("duel", [&](JsonReader& d) { read_duel(d, row.second); });
  });
  if (in.find("checks")) in.list("checks", c.checks, read_check);
  in.maybe_object("fault", [&](JsonReader& f) { read_fault(f, c.fault.emplace()); });
  in.maybe("binary", c.binary);
  in.maybe("seed_binary", c.seed_binary);
  in.list("diagnostics", c.diagnostics, read_diagnostic);
  read_cost(in, c.cost);
  RIDGE_TRY_VOID(in.result());
  return c;
}

Result<GateAttempt> gate_from_json(const nlohmann::json& json) {
  GateAttempt g;
  JsonReader in(json, "gate");
  in.get("candidate", g.candidate);
  in.get("attempt", g.attempt);
  in.get("passed", g.passed);
  in.list("workloads", g.workloads, read_workload);
  in.list("ratios", g.ratios, read_interval);
  read_reason(in, g.reason);
  read_cost(in, g.cost);
  RIDGE_TRY_VOID(in.result());
  return g;
}

}  // namespace ridge
