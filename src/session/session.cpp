#include "session/session.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "model/json.h"
#include "session/internal/state.h"

namespace ridge {
namespace {

constexpr double search_share = 0.8;        // of the wall budget; the rest confirms and gates
constexpr double least_search_share = 0.5;  // however slow the seed is

// What confirming and gating take is mostly the seed's calls, three duels' worth: where these are slow, the search ends
// earlier.
double search_end_s(const Session::State& s) {
  const double wall = s.spec.budget.wall_s;
  return std::clamp(wall - 3 * seed_calls_s(s), least_search_share * wall, search_share * wall);
}

// Why the search is over, or nothing.
std::string over(const Session::State& s, const std::atomic<bool>& stop) {
  if (stop) return "interrupt";
  if (s.elapsed() >= search_end_s(s)) return "time";
  const auto evaluations = std::int64_t(s.view().evaluations());
  if (s.spec.budget.evaluations > 0 && evaluations >= s.spec.budget.evaluations) return "evaluations";
  return "";
}

// Collects what the judge has finished.
Result<void> collect(Session::State& s) {
  RIDGE_TRY(std::vector<Completion> done, s.parts.judge->poll());
  for (Completion& c : done) {
    s.in_flight.erase(c.job);
    // Races are asked for and answered in one place (promote.cpp), and recorded as the duels they consist of.
    RIDGE_TRY_VOID(std::visit(
        [&]<class T>(T& result) -> Result<void> {
          if constexpr (std::is_same_v<T, Race>)
            return {};
          else
            return record(s, std::move(result));
        },
        c.result));
  }
  report_progress(s);
  return {};
}

// The search: policy → operator → candidate → evaluation → archive → policy, until something ends it.
Result<void> search(Session::State& s, const std::atomic<bool>& stop) {
  RIDGE_TRY_VOID(submit_first(s));
  for (;;) {
    const double begin = s.parts.clock->seconds();
    const std::size_t round = s.in_flight.size();
    while (!s.in_flight.empty()) RIDGE_TRY_VOID(collect(s));
    s.slots = next_slots(s.parts, s.slots, round, s.parts.clock->seconds() - begin);
    RIDGE_TRY_VOID(promote(s, stop));
    RIDGE_TRY_VOID(watch(s, stop));
    s.stopped_by = over(s, stop);
    if (!s.stopped_by.empty()) return {};
    s.phase_text = "searching";
    RIDGE_TRY(const bool more, propose(s));
    if (!more && s.in_flight.empty()) {
      s.stopped_by = "exhausted";
      return {};
    }
  }
}

}  // namespace

nlohmann::json to_json(const RunSpec& spec) {
  nlohmann::json settings = nlohmann::json::object();
  for (const auto& [k, v] : spec.policy_settings) settings[k] = v;
  return {{"task", spec.task},
          {"task_folder", spec.task_folder},
          {"device", spec.device},
          {"policy", spec.policy},
          {"policy_settings", settings},
          {"seed", spec.seed},
          {"budget", {{"wall_s", spec.budget.wall_s}, {"evaluations", spec.budget.evaluations}}},
          {"folder", spec.folder}};
}

Result<RunSpec> run_spec_from_json(const nlohmann::json& j) {
  RunSpec spec;
  const auto text = [&](const char* key, std::string& to) -> Result<void> {
    if (!j.is_object() || !j.contains(key) || !j[key].is_string())
      return invalid("run spec: \"{}\" is missing or not a text", key);
    to = j[key].get<std::string>();
    return {};
  };
  RIDGE_TRY_VOID(text("task", spec.task));
  RIDGE_TRY_VOID(text("task_folder", spec.task_folder));
  RIDGE_TRY_VOID(text("device", spec.device));
  RIDGE_TRY_VOID(text("policy", spec.policy));
  RIDGE_TRY_VOID(text("folder", spec.folder));
  if (!j.contains("seed") || !j["seed"].is_number_integer())
    return invalid("run spec: \"seed\" is missing or not an integer");
  spec.seed = j["seed"].get<std::uint64_t>();
  if (!j.contains("budget") || !j["budget"].is_object() || !j["budget"].contains("wall_s") ||
      !j["budget"]["wall_s"].is_number())
    return invalid("run spec: \"budget\" is missing or has no wall_s");
  spec.budget.wall_s = j["budget"]["wall_s"].get<double>();
  if (j["budget"].contains("evaluations") && j["budget"]["evaluations"].is_number_integer())
    spec.budget.evaluations = j["budget"]["evaluations"].get<std::int64_t>();
  if (j.contains("policy_settings") && j["policy_settings"].is_object())
    for (const auto& [k, v] : j["policy_settings"].items())
      if (v.is_string()) spec.policy_settings[k] = v.get<std::string>();
  return spec;
}

Session::Session(RunSpec spec, Parts parts) : state_(std::make_unique<State>()) {
  state_->spec = std::move(spec);
  state_->parts = std::move(parts);
  state_->started_s = state_->parts.clock->seconds();
  state_->sentinels = measure::ControlChart(state_->parts.sigma_p);
}
Session::~Session() = default;

void Session::phase(const std::string& text) {
  state_->phase_text = text;
  report_progress(*state_);
}

Result<Summary> Session::run(const std::atomic<bool>& stop) {
  State& s = *state_;
  s.started_s = s.parts.clock->seconds();
  RIDGE_TRY_VOID(recall(s));
  for (const std::string& note : s.parts.notes) RIDGE_TRY_VOID(record(s, Note{note}));
  RIDGE_TRY_VOID(search(s, stop));
  RIDGE_TRY_VOID(select_finalist(s, stop));
  return finish(s, stop);
}

}  // namespace ridge
