// What the commands say about themselves, as values: the help texts, the manual page and the completion of words are
// three renderings of them, so none can lag behind the options.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ridge {

struct ArgumentHelp {
  std::string shown;  // "TASK|FOLDER"; several stand in one text, in their order: "TASK FILE"
  std::string text;
  bool required = false;
};
struct OptionHelp {
  std::string name;   // "--budget"
  std::string value;  // "TIME"; empty: a flag
  std::string text, standard;
};
struct CommandHelp {
  std::string name, summary, example;
  std::vector<ArgumentHelp> arguments;
  std::vector<OptionHelp> options;
};

std::vector<CommandHelp> command_helps();       // in the order of commands()
std::string text(const CommandHelp& help);      // what --help prints
std::string usage_of(const CommandHelp& help);  // "ridgeline search TASK|FOLDER [options]"
std::string_view program_version();

// What may stand in place of the last of `words` (the command line without the program's name, up to the cursor):
// "word", a tab and what it means. ":files" and ":folders" ask the shell to complete names of those.
std::vector<std::string> completions(const std::vector<std::string>& words);
// The word in front of which a shell's script puts the command line to ask for them.
inline constexpr std::string_view complete_word = "__complete";

std::string manual_page();  // troff, section 1

}  // namespace ridge
