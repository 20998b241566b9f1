// Pieces that several results share, both ways.
#pragma once

#include <vector>

#include <nlohmann/json.hpp>

#include "model/evaluation.h"
#include "model/json_reader.h"

namespace ridge {

template <class T, class Print>
nlohmann::json list_json(const std::vector<T>& items, Print print) {
  auto json = nlohmann::json::array();
  for (const T& item : items) json.push_back(print(item));
  return json;
}

nlohmann::json reason_json(Reason reason);  // none is null
nlohmann::json interval_json(const Interval& interval);
nlohmann::json workload_json(const WorkloadResult& workload);
nlohmann::json diagnostic_json(const Diagnostic& diagnostic);
nlohmann::json check_json(const TrustCheck& check);
nlohmann::json duel_json(const DuelRecord& duel);
nlohmann::json cost_json(const JobCost& cost);

void read_reason(JsonReader& in, Reason& out);
void read_interval(JsonReader& in, Interval& out);
void read_workload(JsonReader& in, WorkloadResult& out);
void read_diagnostic(JsonReader& in, Diagnostic& out);
void read_duel(JsonReader& in, DuelRecord& out);
void read_cost(JsonReader& in, JobCost& out);  // the member "cost", which may be missing

}  // namespace ridge
