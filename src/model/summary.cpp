#include "model/summary.h"

#include <nlohmann/json.hpp>

#include "model/json_reader.h"

namespace ridge {
namespace {

using Json = nlohmann::json;

// The speed-up names its bounds "lower" and "upper" and says its level and what it is against; every other ratio of a
// summary is of the same level and kind, so it says "low" and "high" only.
Json summary_ratio(const Interval& i) {
  return {{"estimate", i.estimate}, {"low", i.lower}, {"high", i.upper}};
}

void read_summary_ratio(JsonReader& in, Interval& i, double level) {
  in.get("estimate", i.estimate);
  in.get("low", i.lower);
  in.get("high", i.upper);
  i.level = level;
}

Json summary_workload(const WorkloadComparison& w) {
  Json j = {
      {"name", w.name}, {"seed_s", w.seed_seconds}, {"best_s", w.best_seconds}, {"ratio", summary_ratio(w.ratio)}};
  j["roofline"] = nullptr;
  if (w.roofline)
    j["roofline"] = {
        {"fraction", w.roofline->fraction}, {"bound", w.roofline->bound}, {"ceiling", w.roofline->ceiling}};
  return j;
}

void read_summary_workload(JsonReader& in, WorkloadComparison& w, double level) {
  in.get("name", w.name);
  in.get("seed_s", w.seed_seconds);
  in.get("best_s", w.best_seconds);
  in.object("ratio", [&](JsonReader& r) { read_summary_ratio(r, w.ratio, level); });
  in.maybe_object("roofline", [&](JsonReader& r) {
    w.roofline.emplace();
    r.get("fraction", w.roofline->fraction);
    r.maybe("bound", w.roofline->bound);
    r.maybe("ceiling", w.roofline->ceiling);
  });
}

Json summary_hidden(const WorkloadResult& w, const Interval* ratio) {
  Json j = {{"name", w.name},
            {"verdict", std::string(name(w.verdict))},
            {"reason", nullptr},
            {"draws", w.draws},
            {"worst_error", w.worst_error},
            {"tolerance", w.tolerance}};
  if (w.reason != Reason::none) j["reason"] = std::string(name(w.reason));
  if (ratio) j["ratio"] = summary_ratio(*ratio);
  if (!w.binding.empty()) {
    Json& binding = j["binding"] = Json::object();
    for (const auto& [symbol, value] : w.binding)
      binding[symbol] = value.is_integer() ? Json(value.integer()) : Json(value.real());
  }
  return j;
}

void read_summary_hidden(JsonReader& in, Summary::Certified& c) {
  WorkloadResult& w = c.hidden.emplace_back();
  in.get("name", w.name);
  in.word("verdict", w.verdict, verdict_of);
  if (const Json* reason = in.find("reason"); reason && !reason->is_null()) in.word("reason", w.reason, reason_of);
  in.maybe("draws", w.draws);
  in.maybe("worst_error", w.worst_error);
  in.maybe("tolerance", w.tolerance);
  in.maybe_object("ratio",
                  [&](JsonReader& r) { read_summary_ratio(r, c.hidden_ratios.emplace_back(), c.speedup.level); });
  if (!in.find("binding")) return;
  in.members("binding", [&](const std::string& symbol, const Json& value) {
    if (!value.is_number()) return in.fault("binding", "{}: expected a number, found {}", symbol, value.type_name());
    w.binding.insert_or_assign(
        symbol, value.is_number_integer() ? Number(value.get<std::int64_t>()) : Number(value.get<double>()));
  });
}

Json summary_certified(const Summary::Certified& c) {
  Json j = {{"candidate", c.candidate},
            {"speedup",
             {{"estimate", c.speedup.estimate},
              {"lower", c.speedup.lower},
              {"upper", c.speedup.upper},
              {"level", c.speedup.level},
              {"against", "seed"}}},
            {"workloads", Json::array()},
            {"baselines", Json::array()},
            {"confirmed", {{"processes", c.processes}, {"draws", c.draws}}},
            {"gate", {{"attempts", c.gate_attempts}, {"workloads", Json::array()}}}};
  if (c.regret) j["regret_at_most"] = *c.regret;
  for (const auto& w : c.workloads) j["workloads"].push_back(summary_workload(w));
  for (const auto& [baseline, ratio] : c.baselines)
    j["baselines"].push_back({{"name", baseline}, {"ratio", summary_ratio(ratio)}});
  for (std::size_t i = 0; i < c.hidden.size(); ++i)
    j["gate"]["workloads"].push_back(
        summary_hidden(c.hidden[i], i < c.hidden_ratios.size() ? &c.hidden_ratios[i] : nullptr));
  return j;
}

void read_summary_certified(JsonReader& in, Summary::Certified& c) {
  in.get("candidate", c.candidate);
  in.object("speedup", [&](JsonReader& r) {
    r.get("estimate", c.speedup.estimate);
    r.get("lower", c.speedup.lower);
    r.get("upper", c.speedup.upper);
    r.maybe("level", c.speedup.level);
  });
  in.maybe("regret_at_most", c.regret);
  const double level = c.speedup.level;
  in.list("workloads", c.workloads, [&](JsonReader& r, WorkloadComparison& w) { read_summary_workload(r, w, level); });
  in.list("baselines", c.baselines, [&](JsonReader& r, std::pair<std::string, Interval>& b) {
    r.get("name", b.first);
    r.object("ratio", [&](JsonReader& ratio) { read_summary_ratio(ratio, b.second, level); });
  });
  in.object("confirmed", [&](JsonReader& r) {
    r.get("processes", c.processes);
    r.get("draws", c.draws);
  });
  in.object("gate", [&](JsonReader& r) {
    r.get("attempts", c.gate_attempts);
    std::vector<char> each;  // the results go to two lists of `c`
    r.list("workloads", each, [&](JsonReader& w, char&) { read_summary_hidden(w, c); });
  });
}

}  // namespace

nlohmann::json to_json(const Summary& s) {
  Json j = {{"event", "summary"},
            {"run", s.run},
            {"task", s.task},
            {"device", s.device},
            {"policy", s.policy},
            {"seed", s.seed},
            {"stopped_by", s.stopped_by},
            {"evaluations", s.evaluations},
            {"duplicates", s.duplicates},
            {"failed", Json::object()},
            {"certified", s.certified ? summary_certified(*s.certified) : Json(nullptr)},
            {"cost",
             {{"wall_s", s.cost.wall_s},
              {"compile_s", s.cost.compile_s},
              {"kernel_s", s.cost.kernel_s},
              {"draw_check_s", s.cost.draw_check_s},
              {"own_s", s.cost.own_s},
              {"session_s", s.cost.session_s}}}};
  for (const auto& [verdict, count] : s.failed) j["failed"][verdict] = count;
  if (!s.certified) j["why_not"] = s.why_not;
  return j;
}

Result<Summary> summary_from_json(const nlohmann::json& json) {
  JsonReader in(json, "summary");
  Summary s;
  in.maybe("run", s.run);
  in.get("task", s.task);
  in.maybe("device", s.device);
  in.maybe("policy", s.policy);
  if (const Json* seed = in.find("seed"); seed && seed->is_number_unsigned()) s.seed = seed->get<std::uint64_t>();
  in.maybe("stopped_by", s.stopped_by);
  in.get("evaluations", s.evaluations);
  in.maybe("duplicates", s.duplicates);
  if (in.find("failed"))
    in.members("failed", [&](const std::string& verdict, const Json& count) {
      if (!count.is_number_integer()) return in.fault("failed", "{}: expected a count", verdict);
      s.failed[verdict] = count.get<std::int64_t>();
    });
  in.maybe_object("certified",
                  [&](JsonReader& r) { read_summary_certified(r, s.certified.emplace(Summary::Certified{})); });
  in.maybe("why_not", s.why_not);
  in.maybe_object("cost", [&](JsonReader& r) {
    r.get("wall_s", s.cost.wall_s);
    r.maybe("compile_s", s.cost.compile_s);
    r.maybe("kernel_s", s.cost.kernel_s);
    r.maybe("draw_check_s", s.cost.draw_check_s);
    r.maybe("own_s", s.cost.own_s);
    r.maybe("session_s", s.cost.session_s);
  });
  RIDGE_TRY_VOID(in.result());
  return s;
}

}  // namespace ridge
