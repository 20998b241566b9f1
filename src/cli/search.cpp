#include <ostream>

#include "cli/commands.h"
#include "cli/support.h"
#include "report/format.h"
#include "report/html.h"
#include "session/assemble.h"

namespace ridge {
namespace {

std::string heading(const Task& task, const Options& options) {
  std::string names;
  for (const Workload* w : task.scored()) names += " " + w->name;
  return fmt::format("{} on {} · workloads{} · held-out family of {}, secret\n", task.id, options.device, names,
                     task.held_out.count);
}

// A budget that only counts evaluations must not be cut short by the usual minute.
Budget budget_of(const Options& options) {
  Budget budget;
  if (options.budget_s)
    budget.wall_s = *options.budget_s;
  else if (options.evaluations > 0)
    budget.wall_s = 24 * 3600;
  budget.evaluations = options.evaluations;
  return budget;
}

// Runs `work` with the listeners that the options ask for, then closes the run.
template <class Work>
Result<int> with_listeners(const Options& options, Terminal& terminal, Work work) {
  const Interrupt interrupt;
  JsonListener json(terminal.out);
  ProgressListener progress(terminal);
  Listener* chosen = options.json ? static_cast<Listener*>(&json) : &progress;
  std::string folder;
  auto summary = work(interrupt.asked(), std::vector<Listener*>{chosen}, folder);
  progress.done();
  if (!summary) return std::unexpected(std::move(summary).error());
  RIDGE_TRY_VOID(close_run(*summary, folder, options, terminal));
  return 0;
}

}  // namespace

Result<int> search_command(const Options& options, Terminal& terminal) {
  RIDGE_TRY(const auto task, find_task(options, options.argument(0)));
  RunSpec spec;
  spec.task = task->id;
  spec.task_folder = task->folder;
  spec.device = options.device;
  spec.policy = options.policy;
  spec.policy_settings = options.policy_set;
  spec.seed = options.seed;
  spec.budget = budget_of(options);
  spec.folder = options.run;
  if (!options.json) terminal.out << heading(*task, options) << std::flush;
  return with_listeners(
      options, terminal,
      [&](const std::atomic<bool>& stop, const std::vector<Listener*>& listeners, std::string& folder) {
        auto summary = start_run(spec, stop, listeners);
        folder = spec.folder;
        return summary;
      });
}

Result<int> resume_command(const Options& options, Terminal& terminal) {
  RIDGE_TRY(const std::string found, find_run(options.argument(0)));
  const bool more = options.budget_s || options.evaluations > 0;
  const Budget budget = budget_of(options);
  return with_listeners(
      options, terminal,
      [&](const std::atomic<bool>& stop, const std::vector<Listener*>& listeners, std::string& folder) {
        folder = found;
        return resume_run(found, more ? &budget : nullptr, stop, listeners);
      });
}

Result<int> report_command(const Options& options, Terminal& terminal) {
  RIDGE_TRY(const std::string folder, find_run(options.argument(0)));
  RIDGE_TRY(const RunData run, read_run(folder));
  RIDGE_TRY_VOID(close_run(run.summary, folder, options, terminal));
  return 0;
}

}  // namespace ridge
