#include <filesystem>
#include <ostream>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/internal/embedded.h"
#include "report/format.h"
#include "report/jsonl.h"

namespace ridge {
namespace {

namespace fs = std::filesystem;

struct File {
  const char* path;
  const char* const& text;
};
const File kFiles[] = {{"task.toml", embedded::scaffold_task},
                       {"reference.cpp", embedded::scaffold_reference},
                       {"seed.cpp", embedded::scaffold_seed},
                       {"template.cpp", embedded::scaffold_template},
                       {"mutants/forgets_the_bias.cpp", embedded::scaffold_mutant},
                       {"README.md", embedded::scaffold_readme}};

std::string filled(std::string text, const std::string& what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
  return text;
}

// The name goes into texts of several languages, so it has to be a plain one.
Result<std::string> plain_name(const fs::path& folder) {
  const std::string name = folder.filename().string();
  const bool plain = !name.empty() && name.find_first_not_of(
                                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789_-") == std::string::npos;
  if (!plain || name.front() == '-')
    return fail(Error::Kind::usage, "new {}: \"{}\" cannot name a task; use letters, digits, _ and -", folder.string(),
                name);
  return name;
}

}  // namespace

Result<int> new_command(const Options& options, Terminal& terminal) {
  std::string given = options.argument(0);
  while (given.size() > 1 && given.back() == '/') given.pop_back();
  const fs::path folder(given);
  RIDGE_TRY(const std::string name, plain_name(folder));
  std::error_code error;
  if (fs::exists(fs::symlink_status(folder, error)))
    return fail(Error::Kind::usage, "new {}: is there already, and nothing in it was touched; choose another name",
                given);
  fs::create_directories(folder / "mutants", error);
  if (error) return world("{}: cannot be made: {}", given, error.message());
  nlohmann::json files = nlohmann::json::array();
  for (const File& file : kFiles) {
    const std::string path = (folder / file.path).string();
    RIDGE_TRY_VOID(write_file(path, filled(filled(file.text, "@FOLDER@", given), "@NAME@", name)));
    files.push_back(path);
  }
  if (options.json) {
    terminal.out << json_line(nlohmann::json{{"event", "new"}, {"task", name}, {"folder", given}, {"files", files}})
                 << "\n";
    return 0;
  }
  TextTable table;
  table.row({"task.toml", "sizes, buffers, workloads, what counts as right"});
  table.row({"reference.cpp", "inputs, and the right answer in double precision"});
  table.row({"seed.cpp", "your kernel as it is now: the search begins here"});
  table.row({"template.cpp", "a version with tunable parameters; delete it if you have none"});
  table.row({"mutants/", "wrong kernels that the check must reject"});
  table.row({"README.md", "the problem in words"});
  terminal.out << fmt::format("{} is a task that works; its comments say what to change\n", given) << table.text()
               << fmt::format("then    ridgeline check {0}\n        ridgeline search {0} --budget 60s\n", given);
  return 0;
}

}  // namespace ridge
