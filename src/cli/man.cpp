#include <ostream>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/help.h"
#include "report/jsonl.h"

namespace ridge {
namespace {

// Text for troff: a backslash begins an escape, a hyphen would be set as a dash (and could not be copied into a
// shell), and a dot or quote at the beginning of a line would be a request.
std::string roff(std::string_view text) {
  std::string out;
  if (!text.empty() && (text[0] == '.' || text[0] == '\'')) out += "\\&";
  for (const char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else if (c == '`')
      out += "\\(ga";
    else
      out += c;
  }
  return out;
}

std::string bold(std::string_view text) {
  return "\\fB" + roff(text) + "\\fR";
}
std::string italic(std::string_view text) {
  return "\\fI" + roff(text) + "\\fR";
}

std::string section_of(const CommandHelp& c) {
  std::string out = fmt::format(".SS {}\n{}.\n.PP\n", bold(usage_of(c)), roff(c.summary));
  for (const ArgumentHelp& a : c.arguments) out += fmt::format(".TP\n{}\n{}\n", italic(a.shown), roff(a.text));
  for (const OptionHelp& o : c.options)
    out += fmt::format(".TP\n{}{}\n{}{}\n", bold(o.name), o.value.empty() ? "" : " " + italic(o.value), roff(o.text),
                       o.standard.empty() ? "" : roff(fmt::format(" (default {})", o.standard)));
  return out + fmt::format(".PP\nExample:\n.PP\n.EX\n{}\n.EE\n", roff(c.example));
}

}  // namespace

std::string manual_page() {
  std::string out = fmt::format(
      ".TH RIDGELINE 1 \"\" \"ridgeline {0}\" \"User Commands\"\n"
      ".SH NAME\nridgeline \\- find faster compute kernels and prove that they are faster\n"
      ".SH SYNOPSIS\n.B ridgeline\n.I COMMAND\n[arguments] [options]\n"
      ".SH DESCRIPTION\n"
      "Ridgeline searches over kernel source, launch plan and parameters for a kernel that does what a reference does, "
      "only faster. A winner is right on inputs and shapes that the search never saw, faster by an interval and not by "
      "luck, and placed against the measured roofline of the machine.\n"
      ".SH COMMANDS\n",
      program_version());
  for (const CommandHelp& c : command_helps()) out += section_of(c);
  return out +
         ".SH EXIT STATUS\n.TP\n.B 0\ndone, also when nothing better was found\n"
         ".TP\n.B 1\nthe candidate was not accepted, or a check failed\n.TP\n.B 2\nwrong usage\n"
         ".TP\n.B 3\nsomething in the world or in a file is wrong: a task, a compiler, a run\n"
         ".SH ENVIRONMENT\n.TP\n.B RIDGELINE_ROOT\nthe folder that holds the program's tasks/ and include/\n"
         ".TP\n.B RIDGELINE_WORKER\nanother ridgeline\\-worker than the one beside the program\n"
         ".TP\n.B XDG_CACHE_HOME\nwhere compiled images and measured ceilings are kept (its folder ridgeline/)\n"
         ".SH FILES\n.TP\n.I runs/*/run.db\nthe record of a run\n.TP\n.I runs/*/report.html\nits report\n"
         ".TP\n.I runs/*/winner.*\nthe certified kernel, when there is one\n";
}

Result<int> man_command(const Options& options, Terminal& terminal) {
  if (options.json)
    terminal.out << json_line(nlohmann::json{{"event", "man"}, {"text", manual_page()}}) << "\n";
  else
    terminal.out << manual_page();
  return 0;
}

}  // namespace ridge
