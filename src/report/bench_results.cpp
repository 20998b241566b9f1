#include "report/bench_results.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "measure/signed_rank.h"
#include "report/format.h"
#include "report/internal/bench_words.h"

namespace ridge {
namespace {

using Json = nlohmann::json;

double claimed(const BenchCell& c) {
  return c.claim ? c.claim->estimate : 1;
}

Json number(double v) {
  return std::isfinite(v) ? Json(v) : Json();
}
Json interval(const Interval& i) {
  return {{"estimate", number(i.estimate)}, {"lower", number(i.lower)}, {"upper", number(i.upper)}, {"level", i.level}};
}

Json cell_json(const BenchCell& c) {
  Json j = {{"task", c.task},
            {"policy", c.policy},
            {"seed", c.seed},
            {"state", std::string(name(c.state))},
            {"run", c.run},
            {"speedup", nullptr},
            {"why_not", c.why_not},
            {"winner", c.winner},
            {"held_out",
             {{"right", c.hidden_right},
              {"workloads", c.hidden},
              {"attempts", c.gate_attempts},
              {"ratio", c.hidden_ratio ? number(*c.hidden_ratio) : Json()}}},
            {"evaluations", c.evaluations},
            {"seconds", c.seconds},
            {"stopped_by", c.stopped_by},
            {"workloads", Json::array()}};
  if (c.claim) j["speedup"] = interval(*c.claim);
  if (!c.error.empty()) j["error"] = c.error;
  for (const BenchWorkload& w : c.workloads) {
    Json row = {
        {"name", w.name}, {"seed_s", w.seed_s}, {"best_s", w.best_s}, {"ratio", nullptr}, {"roofline", nullptr}};
    if (w.ratio) row["ratio"] = interval(*w.ratio);
    if (w.roofline)
      row["roofline"] = {
          {"fraction", w.roofline->fraction}, {"bound", w.roofline->bound}, {"ceiling", w.roofline->ceiling}};
    j["workloads"].push_back(std::move(row));
  }
  return j;
}

}  // namespace

std::string_view name(BenchCell::State state) {
  switch (state) {
    case BenchCell::State::waiting:
      return "waiting";
    case BenchCell::State::done:
      return "done";
    case BenchCell::State::interrupted:
      return "interrupted";
    case BenchCell::State::failed:
      return "failed";
  }
  return "";
}

void fill(BenchCell& cell, const RunData& run) {
  const Summary& s = run.summary;
  cell.state = s.stopped_by == "interrupt" ? BenchCell::State::interrupted : BenchCell::State::done;
  cell.error.clear();
  cell.evaluations = s.evaluations;
  cell.seconds = s.cost.wall_s;
  cell.stopped_by = s.stopped_by;
  cell.why_not = s.why_not;
  cell.winner = run.winner ? parameters_text(run.winner->parameters) : "";
  cell.gate_attempts = int(run.gate.size());
  cell.workloads.clear();
  cell.claim.reset();
  cell.hidden_ratio.reset();
  cell.hidden = cell.hidden_right = 0;
  const std::vector<WorkloadResult>* hidden = run.gate.empty() ? nullptr : &run.gate.back().workloads;
  if (s.certified) {
    cell.claim = s.certified->speedup;
    for (const WorkloadComparison& w : s.certified->workloads)
      cell.workloads.push_back({w.name, w.seed_seconds, w.best_seconds, w.ratio, w.roofline});
    hidden = &s.certified->hidden;
    double logs = 0;
    for (const Interval& i : s.certified->hidden_ratios) logs += std::log(i.estimate);
    if (!s.certified->hidden_ratios.empty())
      cell.hidden_ratio = std::exp(logs / double(s.certified->hidden_ratios.size()));
  } else if (run.seed_evaluation) {
    const auto& best = run.winner_evaluation ? run.winner_evaluation->workloads : run.seed_evaluation->workloads;
    for (const WorkloadResult& w : run.seed_evaluation->workloads) {
      const auto mine = std::ranges::find(best, w.name, &WorkloadResult::name);
      if (w.timing && mine != best.end() && mine->timing)
        cell.workloads.push_back({w.name, w.timing->median, mine->timing->median, std::nullopt, mine->roofline});
    }
  }
  if (hidden)
    for (const WorkloadResult& w : *hidden) {
      ++cell.hidden;
      cell.hidden_right += w.verdict == Verdict::ok ? 1 : 0;
    }
}

double mean_claim(const BenchResults& results, std::string_view policy) {
  double logs = 0;
  int n = 0;
  for (const BenchCell& c : results.cells)
    if (c.policy == policy && c.state == BenchCell::State::done) logs += std::log(claimed(c)), ++n;
  return n ? std::exp(logs / n) : 0;
}

std::vector<PolicyComparison> compare_policies(const BenchResults& results) {
  std::vector<PolicyComparison> out;
  std::map<std::pair<std::string, std::uint64_t>, double> first;
  const auto& policies = results.spec.policies;
  for (const BenchCell& c : results.cells)
    if (!policies.empty() && c.policy == policies.front() && c.state == BenchCell::State::done)
      first[{c.task, c.seed}] = claimed(c);
  for (std::size_t p = 1; p < policies.size(); ++p) {
    std::vector<double> logs;
    for (const BenchCell& c : results.cells) {
      const auto twin = first.find({c.task, c.seed});
      if (c.policy == policies[p] && c.state == BenchCell::State::done && twin != first.end())
        logs.push_back(std::log(claimed(c) / twin->second));
    }
    PolicyComparison row{policies[p], policies.front(), {}, int(logs.size())};
    if (!logs.empty()) {
      const measure::Interval i = measure::signed_rank_interval(logs, 0.05);
      row.ratio = {i.estimate, i.lower, i.upper, i.level};
    }
    out.push_back(std::move(row));
  }
  return out;
}

Json to_json(const BenchSpec& s) {
  return {{"suite", s.suite},           {"device", s.device}, {"tasks", s.tasks},       {"policies", s.policies},
          {"first_seed", s.first_seed}, {"seeds", s.seeds},   {"budget_s", s.budget_s}, {"evaluations", s.evaluations}};
}

Json to_json(const BenchResults& r) {
  Json j = {{"format", 1},
            {"spec", to_json(r.spec)},
            {"started", r.started},
            {"environment", Json::object()},
            {"cells", Json::array()},
            {"policies", Json::array()},
            {"comparisons", Json::array()}};
  for (const auto& [key, value] : r.environment) j["environment"][key] = value;
  for (const BenchCell& c : r.cells) j["cells"].push_back(cell_json(c));
  for (const std::string& p : r.spec.policies)
    j["policies"].push_back({{"policy", p}, {"mean_speedup", mean_claim(r, p)}});
  for (const PolicyComparison& c : compare_policies(r))
    j["comparisons"].push_back(
        {{"policy", c.policy}, {"against", c.against}, {"pairs", c.pairs}, {"ratio", interval(c.ratio)}});
  return j;
}

std::string bench_text(const BenchResults& r) {
  const bool policies = r.spec.policies.size() > 1, seeds = r.spec.seeds > 1;
  std::vector<std::string> head = {"task"};
  if (policies) head.emplace_back("policy");
  if (seeds) head.emplace_back("seed");
  const std::size_t lead = head.size();
  head.insert(head.end(), {"workload", "seed", "best", "speed-up", "roofline", "held-out", "judged", "time"});
  TextTable table(head);
  for (const std::size_t c : {lead + 1, lead + 2, lead + 6, lead + 7}) table.right(c);
  for (const BenchCell& c : r.cells) {
    std::vector<std::string> row = {c.task};
    if (policies) row.push_back(c.policy);
    if (seeds) row.push_back(std::to_string(c.seed));
    row.insert(row.end(), {"", "", "", bench_claim_words(c), "", bench_held_out_words(c), grouped(c.evaluations),
                           c.seconds > 0 ? duration_text(c.seconds) : ""});
    table.row(std::move(row));
    for (const BenchWorkload& w : c.workloads) {
      std::vector<std::string> line(lead);
      line.insert(line.end(), {printable(w.name), human_seconds(w.seed_s), human_seconds(w.best_s),
                               bench_ratio_words(w), w.roofline ? roofline_text(*w.roofline) : "–", "", "", ""});
      table.row(std::move(line));
    }
  }
  std::string out = table.text();
  for (const std::string& sentence : bench_sentences(r)) out += sentence + "\n";
  return out;
}

}  // namespace ridge
