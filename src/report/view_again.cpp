#include <algorithm>

#include "report/format.h"
#include "report/internal/report_view.h"

namespace ridge::view {
namespace {

// Names come from folders and may hold anything: what a shell could misread is quoted.
std::string shell_word(const std::string& word) {
  const bool plain = !word.empty() &&
                     word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=,+-") ==
                         std::string::npos;
  if (plain) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace

list commands(const RunData& run) {
  const Summary& s = run.summary;
  list rows;
  const auto add = [&](const char* what, const std::string& line) {
    rows.push_back(object{{"what", what}, {"line", line}});
  };
  std::string search = fmt::format("ridgeline search {} --device {} --policy {} --seed {}", shell_word(s.task),
                                   shell_word(s.device), shell_word(s.policy), s.seed);
  for (const auto& [key, value] : run.policy_settings) search += " --policy-set " + shell_word(key + "=" + value);
  if (run.budget_wall_s > 0) search += fmt::format(" --budget {:g}s", run.budget_wall_s);
  if (run.budget_evaluations > 0) search += fmt::format(" --evaluations {}", run.budget_evaluations);
  add("Search again, with the same decisions as far as times allow", search);
  if (run.winner && s.certified) {
    std::string check = fmt::format("ridgeline check {} {}", shell_word(s.task),
                                    shell_word(run.folder + (run.folder.empty() ? "" : "/") + "winner." +
                                               std::string(extension(run.winner->dialect))));
    if (s.device != "cpu") check += " --device " + shell_word(s.device);
    add("Judge the winner on this machine", check);
  }
  if (!run.folder.empty() && s.certified)
    add("Judge the certificate again: all of it, here or elsewhere",
        "ridgeline verify " + shell_word(run.folder + "/certificate.json"));
  if (!run.folder.empty()) {
    if (!s.certified) add("Go on searching", "ridgeline resume " + shell_word(run.folder) + " --budget 60s");
    add("Write this page again", "ridgeline report " + shell_word(run.folder));
  }
  return rows;
}

list environment(const RunData& run) {
  list rows;
  const auto spaced = [](std::string key) {
    std::replace(key.begin(), key.end(), '.', ' ');
    return words(key);
  };
  for (const auto& [key, value] : run.environment)
    rows.push_back(object{{"key", spaced(key)}, {"value", printable(value, 400)}});
  return rows;
}

}  // namespace ridge::view
