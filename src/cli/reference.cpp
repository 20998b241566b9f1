// `ridgeline reference`: the oracle alone, files in and out.
#include <filesystem>
#include <ostream>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/support.h"
#include "evaluate/case_files.h"
#include "evaluate/oracle.h"
#include "report/format.h"
#include "report/jsonl.h"

namespace ridge {
namespace {

constexpr std::string_view drawn = "draw";

std::vector<std::string> symbol_names(const Task& task) {
  std::vector<std::string> names;
  for (const Symbol& s : task.interface.symbols) names.push_back(s.name);
  return names;
}

// Symbols of --workload, then of --set; without either those of the inputs' own case.json. Where both speak they must
// agree: answers for another case than the files' would be worse than none.
Result<Workload> chosen_workload(const Task& task, const Options& options) {
  Workload out;
  out.name = "given";
  if (options.workloads.size() > 1)
    return fail(Error::Kind::usage, "--workload {}: one is enough", options.workloads[1]);
  if (!options.workloads.empty()) {
    const std::string& wanted = options.workloads.front();
    const Workload* w = task.workload(wanted);
    if (!w) {
      std::vector<std::string> known;
      for (const Workload& each : task.workloads) known.push_back(each.name);
      return fail(Error::Kind::usage, "--workload {}: no such workload of {}{}", wanted, task.id,
                  suggestion(wanted, known));
    }
    out.binding = w->binding;
    if (options.set.empty()) out.name = w->name;
  }
  for (const auto& [key, written] : options.set) {
    const Symbol* symbol = task.interface.symbol(key);
    if (!symbol)
      return fail(Error::Kind::usage, "--set {}: no such symbol of {}{}", key, task.id,
                  suggestion(key, symbol_names(task)));
    auto value = symbol_value(*symbol, written);
    if (!value) return within("--set", value.error());
    out.binding.insert_or_assign(key, *value);
  }
  const std::string file = options.inputs + "/case.json";
  std::error_code ignored;
  const bool own = options.inputs != drawn && std::filesystem::exists(file, ignored);
  if (out.binding.empty() && !own)
    return fail(Error::Kind::usage, "reference: which case? Say --workload NAME, or --set for each of {}{}",
                join(symbol_names(task), ", "),
                options.inputs == drawn ? "" : fmt::format("; {} would say it too", file));
  if (own) {
    RIDGE_TRY(const Binding said, read_case_symbols(options.inputs, task));
    for (const auto& [key, value] : said) {
      const auto [at, fresh] = out.binding.try_emplace(key, value);
      if (!fresh && at->second.real() != value.real())
        return fail(Error::Kind::usage, "{}: symbols.{} is {}, but the command line says {}", file, key, value.text(),
                    at->second.text());
    }
  }
  std::vector<std::string> missing;
  for (const std::string& name : symbol_names(task))
    if (!out.binding.contains(name)) missing.push_back(name);
  if (!missing.empty())
    return fail(Error::Kind::usage, "--set: {} {} missing; --workload NAME would give them", join(missing, ", "),
                missing.size() == 1 ? "is" : "are");
  return out;
}

}  // namespace

Result<int> reference_command(const Options& options, Terminal& terminal) {
  if (options.inputs.empty() || options.outputs.empty())
    return fail(Error::Kind::usage,
                "reference: --inputs DIR (or draw) and --outputs DIR say where arrays come from and go to");
  RIDGE_TRY(const auto task, find_task(options, options.argument(0)));
  RIDGE_TRY(const Workload workload, chosen_workload(*task, options));
  Draw draw;
  if (options.inputs != drawn) {
    RIDGE_TRY(draw, read_case_inputs(options.inputs, *task, workload));
  }
  RIDGE_TRY(const auto oracle, make_oracle(*task));
  std::vector<std::string> written;
  if (options.inputs == drawn) {
    draw.seed = options.seed;
    RIDGE_TRY_VOID(oracle->inputs(workload, draw));
    RIDGE_TRY(written, write_case_inputs(options.outputs + "/inputs", *task, workload, draw));
  }
  const double begin = SteadyClock().seconds();
  RIDGE_TRY_VOID(oracle->answers(workload, draw));
  const double seconds = SteadyClock().seconds() - begin;
  RIDGE_TRY(const auto answers, write_case_answers(options.outputs, *task, workload, draw));
  if (options.json) {
    terminal.out << json_line(nlohmann::json{{"event", "reference"},
                                             {"task", task->id},
                                             {"workload", workload.name},
                                             {"inputs", written},
                                             {"outputs", answers},
                                             {"seconds", seconds}})
                 << "\n";
    return 0;
  }
  terminal.out << fmt::format("{}, workload {}: the oracle took {}\n", task->id, workload.name, human_seconds(seconds));
  for (const auto* files : {&std::as_const(written), &answers})
    for (const std::string& f : *files) terminal.out << "  " << printable(f) << "\n";
  return 0;
}

}  // namespace ridge
