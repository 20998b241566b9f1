#include <ostream>
#include <set>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/support.h"
#include "report/format.h"
#include "report/jsonl.h"

namespace ridge {
namespace {

std::string suite_of(const std::string& id) {
  return id.substr(0, id.find('/'));
}

std::vector<std::string> dialect_names(const Task& task) {
  std::vector<std::string> out;
  for (const Dialect d : task.dialects) out.emplace_back(name(d));
  return out;
}

Result<void> known_suite(const std::vector<std::string>& ids, const std::string& suite) {
  std::set<std::string> suites;
  for (const std::string& id : ids) suites.insert(suite_of(id));
  if (suite.empty() || suites.contains(suite)) return {};
  const std::vector<std::string> known(suites.begin(), suites.end());
  return fail(Error::Kind::usage, "{}: no such suite{}", suite, suggestion(suite, known));
}

}  // namespace

Result<int> tasks_command(const Options& options, Terminal& terminal) {
  RIDGE_TRY(const Catalog catalog, open_catalog(options));
  const std::string& suite = options.argument(0);
  RIDGE_TRY_VOID(known_suite(catalog.ids(), suite));
  TextTable table({"task", "title", "dialects", "workloads"});
  int broken = 0;
  for (const std::string& id : catalog.ids()) {
    if (!suite.empty() && suite_of(id) != suite) continue;
    const auto task = catalog.find(id);
    if (!task) {  // one broken folder must not hide the others
      ++broken;
      terminal.err << "error: " << printable(task.error().message) << "\n";
      if (options.json) terminal.out << json_line(task.error()) << "\n";
      continue;
    }
    if (options.json)
      terminal.out << json_line(nlohmann::json{{"event", "task"},
                                               {"task", id},
                                               {"title", task->title},
                                               {"source", task->source},
                                               {"dialects", dialect_names(*task)},
                                               {"workloads", task->scored().size()},
                                               {"folder", task->folder}})
                   << "\n";
    else
      table.row({id, task->title, join(dialect_names(*task), " "), std::to_string(task->scored().size())});
  }
  if (!options.json) terminal.out << table.right(3).text("");
  return broken ? 3 : 0;
}

}  // namespace ridge
