#include <algorithm>
#include <filesystem>
#include <ostream>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/internal/embedded.h"
#include "cli/support.h"
#include "device/table/table.h"
#include "policy/policy.h"
#include "report/jsonl.h"
#include "store/overview.h"

namespace ridge {
namespace {

// The scripts only ask the program: what can be completed is decided by the program that is installed, so a script
// from an older version still completes the new options.
struct Shell {
  std::string_view name;
  const char* const& script;
};
const Shell kShells[] = {
    {"bash", embedded::completion_bash}, {"zsh", embedded::completion_zsh}, {"fish", embedded::completion_fish}};

struct Words {
  std::string prefix;  // what was typed of the word
  std::vector<std::string> out;
  void offer(std::string_view word, std::string_view meaning = "") {
    if (word.starts_with(prefix)) out.push_back(fmt::format("{}\t{}", word, meaning));
  }
};

void offer_tasks(Words& words, const Options& options) {
  const auto catalog = open_catalog(options);
  if (!catalog) return;
  for (const std::string& id : catalog->ids()) words.offer(id, "task");
}

void offer_suites(Words& words, const Options& options) {
  const auto catalog = open_catalog(options);
  if (!catalog) return;
  std::string last;
  for (const std::string& id : catalog->ids()) {
    const std::string suite = id.substr(0, id.find('/'));
    if (suite != last) words.offer(suite, "suite");
    last = suite;
  }
}

void offer_runs(Words& words) {
  words.offer("last", "the run written last");
  for (const std::string& folder : run_folders("runs"))
    words.offer(std::filesystem::path(folder).filename().string(), "run");
}

void offer_candidates(Words& words) {
  words.offer("seed", "where the run began");
  words.offer("winner", "the certified candidate");
  words.offer("champion", "the last one promoted");
  words.offer("best", "the best by screening");
}

void offer_devices(Words& words) {
  for (const auto& backend : backends())
    for (const DeviceId& id : backend->devices()) words.offer(id, "device");
}

// What a placeholder of the help texts stands for. One that is not here takes any text, and nothing is offered.
void offer(Words& words, std::string_view placeholder, const Options& options) {
  if (placeholder == "TASK") return offer_tasks(words, options);
  if (placeholder == "SUITE") return offer_suites(words, options);
  if (placeholder == "RUN") return offer_runs(words);
  if (placeholder == "CANDIDATE") return offer_candidates(words);
  if (placeholder == "A" || placeholder == "B") return offer_candidates(words), offer_runs(words);
  if (placeholder == "DEVICE") return offer_devices(words);
  if (placeholder == "POLICY") {
    for (const PolicyRow& row : policies()) words.offer(row.name, "policy");
  } else if (placeholder == "SHELL") {
    for (const Shell& shell : kShells) words.offer(shell.name, "shell");
  } else if (placeholder == "FILE" || placeholder == "CERTIFICATE") {
    words.out.push_back(":files");
  } else if (placeholder == "DIR" || placeholder == "FOLDER") {
    words.out.push_back(":folders");
  }
}

void offer_each(Words& words, std::string_view placeholders, const Options& options) {
  while (!placeholders.empty()) {
    const std::size_t end = std::min(placeholders.find('|'), placeholders.size());
    offer(words, placeholders.substr(0, end), options);
    placeholders.remove_prefix(std::min(end + 1, placeholders.size()));
  }
}

const OptionHelp* option_of(const CommandHelp& command, std::string_view word) {
  const auto at = std::ranges::find_if(command.options, [&](const OptionHelp& o) { return o.name == word; });
  return at == command.options.end() ? nullptr : &*at;
}

// The placeholder of the n-th argument: "FILE" is the second of "TASK FILE".
std::string_view argument_of(const CommandHelp& command, std::size_t n) {
  for (const ArgumentHelp& a : command.arguments) {
    std::string_view rest = a.shown;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      if (n-- == 0) return rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return "";
}

}  // namespace

std::vector<std::string> completions(const std::vector<std::string>& given) {
  const std::vector<CommandHelp> helps = command_helps();
  Words words{given.empty() ? "" : given.back(), {}};
  if (given.size() < 2) {
    for (const CommandHelp& c : helps) words.offer(c.name, c.summary);
    words.offer("--help", "what there is");
    words.offer("--version", "of the program");
    return words.out;
  }
  const auto command = std::ranges::find_if(helps, [&](const CommandHelp& c) { return c.name == given[0]; });
  if (command == helps.end()) return {};

  // bash gives --option=value as three words, others as one.
  std::vector<std::string> line(given.begin() + 1, given.end());
  std::string lead;
  if (line.back() == "=") line.back().clear(), words.prefix.clear();
  std::erase(line, "=");
  if (const std::size_t at = line.back().find('='); line.back().starts_with("--") && at != std::string::npos) {
    lead = line.back().substr(0, at + 1);
    words.prefix = line.back().substr(at + 1);
    line.back() = lead.substr(0, at);
    line.push_back(words.prefix);
  }

  Options options;
  std::size_t arguments = 0;
  const OptionHelp* open = nullptr;  // an option that waits for its value
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    if (open) {
      if (open->name == "--tasks") options.tasks = line[i];
      open = nullptr;
    } else if (line[i].starts_with("-")) {
      open = option_of(*command, line[i]);
      if (open && open->value.empty()) open = nullptr;
    } else {
      ++arguments;
    }
  }
  if (open) {
    offer_each(words, open->value, options);
  } else if (line.back().starts_with("-")) {
    for (const OptionHelp& o : command->options) words.offer(o.name, o.text);
  } else {
    offer_each(words, argument_of(*command, arguments), options);
  }
  for (std::string& word : words.out)
    if (!lead.empty() && word[0] != ':') word = lead + word;
  return words.out;
}

Result<int> completion_command(const Options& options, Terminal& terminal) {
  std::vector<std::string> known;
  for (const Shell& shell : kShells) {
    known.emplace_back(shell.name);
    if (shell.name != options.argument(0)) continue;
    if (options.json)
      terminal.out << json_line(nlohmann::json{
                          {"event", "completion"}, {"shell", std::string(shell.name)}, {"script", shell.script}})
                   << "\n";
    else
      terminal.out << shell.script;
    return 0;
  }
  return fail(Error::Kind::usage, "completion {}: no such shell{}", options.argument(0),
              suggestion(options.argument(0), known));
}

}  // namespace ridge
