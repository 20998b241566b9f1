#include <algorithm>
#include <filesystem>
#include <ostream>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/check_task.h"
#include "cli/commands.h"
#include "cli/support.h"
#include "device/table/table.h"
#include "evaluate/evaluator.h"
#include "report/format.h"
#include "report/jsonl.h"

namespace ridge {
namespace {

using Json = nlohmann::json;

// A device and an evaluator for one task, ready to judge.
struct Bench {
  std::shared_ptr<const Task> task;
  Device& device;
  std::unique_ptr<Evaluator> evaluator;
  Dialect dialect() const { return device.capabilities().plan.dialect; }
};

Result<Bench> open_bench(std::shared_ptr<const Task> task, Device& device) {
  RIDGE_TRY(auto oracle, make_oracle(*task));
  RIDGE_TRY(auto evaluator,
            Evaluator::open(task, device, std::move(oracle), Secret::from_entropy(), EvaluatorSettings{}));
  return Bench{std::move(task), device, std::move(evaluator)};
}

// "16" becomes the tunable's own value of that text, so that its kind is the plan's and not guessed from digits.
Result<Parameters> given_parameters(const Plan& plan, const std::map<std::string, std::string>& set) {
  Parameters out;
  for (const auto& [key, written] : set) {
    std::vector<std::string> known;
    for (const Tunable& t : plan.tunables) known.push_back(t.name);
    const auto tunable =
        std::find_if(plan.tunables.begin(), plan.tunables.end(), [&](const Tunable& t) { return t.name == key; });
    if (tunable == plan.tunables.end())
      return fail(Error::Kind::usage, "--set {}: no such tunable{}", key, suggestion(key, known));
    std::vector<std::string> values;
    for (const ParameterValue& v : tunable->values) values.push_back(text(v));
    const auto value = std::find(values.begin(), values.end(), written);
    if (value == values.end())
      return fail(Error::Kind::usage, "--set {}={}: not one of {}", key, written, join(values, ", "));
    out.insert_or_assign(key, tunable->values[std::size_t(value - values.begin())]);
  }
  return out;
}

Evaluation refused(const std::string& device, const Error& error) {
  Evaluation e;
  e.device = device;
  e.verdict = Verdict::rejected;
  e.reason = Reason::plan;
  e.diagnostics.push_back({"admit", error.message});
  return e;
}

// A plan that cannot be read is the candidate's fault; an option that does not fit it is the caller's.
Result<Evaluation> judge_source(Bench& bench, const TaskSource& source, const Options& options) {
  const std::map<std::string, std::string>& set = options.set;
  const Capabilities& device = bench.device.capabilities();
  auto plan = plan_from_source(source.text, source.file);
  if (!plan) return refused(device.id, plan.error());
  RIDGE_TRY(const Parameters given, given_parameters(*plan, set));
  auto parameters = complete(*plan, given, MapScope(device.facts));
  if (!parameters) return refused(device.id, parameters.error());
  Draft draft;
  draft.source = std::make_shared<const std::string>(source.text);
  draft.plan = std::make_shared<const Plan>(std::move(*plan));
  draft.file = source.file;
  draft.dialect = source.dialect;
  draft.parameters = std::move(*parameters);
  draft.op = "check";
  // The task's own baseline may call what it links.
  std::vector<std::string> libraries;
  for (const Baseline& b : bench.task->baselines)
    if (b.source == source.text) libraries = b.libraries;
  return bench.evaluator->evaluate(seal(*bench.task, std::move(draft)), options.workloads, libraries, options.counters);
}

Result<void> known_workloads(const Task& task, const std::vector<std::string>& wanted) {
  std::vector<std::string> known;
  for (const Workload& w : task.workloads) known.push_back(w.name);
  for (const std::string& w : wanted)
    if (!task.workload(w))
      return fail(Error::Kind::usage, "--workload {}: no such workload of {}{}", w, task.id, suggestion(w, known));
  return {};
}

std::string reason_words(const Evaluation& e) {
  return e.reason == Reason::none ? "" : std::string(describe(e.reason));
}

void print_counters(const Evaluation& e, std::ostream& out) {
  TextTable table({"counters", "from DRAM", "to DRAM", "of compulsory", "DRAM", "L2", "L1", "SM", "warps", "L2 hits"});
  const auto row = [&](const std::string& name, const std::map<std::string, double>& values, double ratio) {
    const auto bytes = [&](const char* key) {
      const auto at = values.find(key);
      return at == values.end() ? std::string("–") : human_bytes(at->second);
    };
    const auto percent = [&](const char* key) { return counter_percent(values, key); };
    table.row({name, bytes("dram_read_bytes"), bytes("dram_write_bytes"),
               ratio > 0 ? fmt::format("{:.3g}", ratio) : "–", percent("dram_percent"), percent("l2_percent"),
               percent("l1_percent"), percent("sm_percent"), percent("occupancy_percent"), percent("l2_hit_percent")});
  };
  bool any = false;
  for (const WorkloadResult& w : e.workloads) {
    if (!w.counters) continue;
    any = true;
    row(printable(w.name), w.counters->values, w.counters->traffic_ratio);
    for (const KernelCounters& k : w.counters->kernels)
      row(fmt::format("  one of {} × {}", k.launches, printable(k.kernel)), k.values, 0);
  }
  if (any) out << table.text();
}

void print_evaluation(const Task& task, const std::string& file, const Evaluation& e, std::ostream& out) {
  if (e.verdict == Verdict::ok)
    out << fmt::format("{}: {} is right{}\n", task.id, file,
                       e.score ? fmt::format(", {} the speed of the {} (one measurement, no claim)",
                                             ratio_text(e.score->value), e.score->against)
                               : "");
  else
    out << fmt::format("{}: {}: {}{}{}\n", task.id, file, words(name(e.verdict)), e.reason == Reason::none ? "" : ": ",
                       reason_words(e));
  TextTable table({"workload", "verdict", "time", "roofline", "draws", "worst error", "tolerance"});
  for (const WorkloadResult& w : e.workloads)
    table.row({printable(w.name), words(name(w.verdict)), w.timing ? human_seconds(w.timing->median) : "–",
               w.roofline ? roofline_text(*w.roofline) : "–", std::to_string(w.draws), error_text(w.worst_error),
               error_text(w.tolerance)});
  if (!e.workloads.empty()) out << table.right(4).text();
  print_counters(e, out);
  for (const Diagnostic& d : e.diagnostics) out << fmt::format("  {}: {}\n", d.stage, printable(d.text));
}

Result<int> check_file(Bench& bench, const Options& options, Terminal& terminal) {
  const std::string& path = options.argument(1);
  const std::string extension_text = std::filesystem::path(path).extension().string();
  const auto dialect = extension_text.empty() ? std::nullopt : dialect_of_extension(extension_text.substr(1));
  if (dialect != bench.dialect())
    return fail(Error::Kind::usage, "{}: {} runs {} sources (.{})", path, options.device, name(bench.dialect()),
                extension(bench.dialect()));
  RIDGE_TRY(const std::string source, read_file(path));
  RIDGE_TRY(const Evaluation e, judge_source(bench, {path, source, *dialect}, options));
  if (options.json) {
    Json j = to_json(e);
    j["event"] = "evaluation";
    j["file"] = path;
    terminal.out << json_line(j) << "\n";
  } else {
    print_evaluation(*bench.task, path, e, terminal.out);
  }
  return e.verdict == Verdict::ok ? 0 : 1;
}

Result<std::vector<std::string>> tasks_to_check(const Options& options) {
  if (options.suite.empty()) return std::vector<std::string>{options.argument(0)};
  RIDGE_TRY(const Catalog catalog, open_catalog(options));
  std::vector<std::string> out;
  for (const std::string& id : catalog.ids())
    if (id.starts_with(options.suite + "/")) out.push_back(id);
  if (out.empty())
    return fail(Error::Kind::usage, "--suite {}: no such suite; `ridgeline tasks` lists them", options.suite);
  return out;
}

}  // namespace

Result<int> check_command(const Options& options, Terminal& terminal) {
  if (options.argument(1).empty() && !options.set.empty())
    return fail(Error::Kind::usage, "--set needs a FILE to set the tunables of: ridgeline check {} FILE --set …",
                options.argument(0));
  RIDGE_TRY(const auto ids, tasks_to_check(options));
  if (options.argument(1).empty()) {
    if (!options.workloads.empty()) {
      if (ids.size() > 1)
        return fail(Error::Kind::usage, "--workload {}: tasks of a suite have workloads of their own; name one task",
                    options.workloads.front());
      RIDGE_TRY(const auto task, find_task(options, ids.front()));
      RIDGE_TRY_VOID(known_workloads(*task, options.workloads));
    }
    return check_tasks(ids, options, terminal);
  }
  if (options.small || options.held_out > 0)
    return fail(Error::Kind::usage, "{}: for a task's own kernels; leave the file out",
                options.small ? "--small" : "--held-out");
  RIDGE_TRY(const auto device, open_device(options.device));
  RIDGE_TRY(const auto task, find_task(options, ids.front()));
  RIDGE_TRY_VOID(known_workloads(*task, options.workloads));
  RIDGE_TRY(Bench bench, open_bench(task, *device));
  return check_file(bench, options, terminal);
}

}  // namespace ridge
