#include "cli/cli.h"

#include <algorithm>
#include <iostream>

#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/help.h"
#include "cli/options.h"
#include "report/format.h"
#include "report/jsonl.h"

namespace ridge {
namespace {

int exit_status(const Error& error) {
  return error.kind == Error::Kind::usage ? 2 : 3;
}

int say(const Error& error, bool json, Terminal& terminal) {
  terminal.err << "error: " << printable(error.message, 1 << 16) << "\n";
  if (json) terminal.out << json_line(error) << std::endl;
  return exit_status(error);
}

}  // namespace

int run_cli(const std::vector<std::string>& arguments, Terminal& terminal) {
  if (!arguments.empty() && arguments[0] == complete_word) {
    for (const std::string& line : completions({arguments.begin() + 1, arguments.end()})) terminal.out << line << "\n";
    return 0;
  }
  const auto parsed = parse_arguments(arguments);
  // A program that asked for JSON gets its mistakes as JSON too, so --json is looked for even where the rest is wrong.
  if (!parsed)
    return say(parsed.error(), std::find(arguments.begin(), arguments.end(), "--json") != arguments.end(), terminal);
  if (!parsed->answer.empty()) {
    terminal.out << parsed->answer;
    return 0;
  }
  const Options& options = parsed->options;
  const auto command =
      std::find_if(commands().begin(), commands().end(), [&](const Command& c) { return c.name == options.command; });
  RIDGE_CHECK(command != commands().end(), options.command);
  const auto status = command->run(options, terminal);
  return status ? *status : say(status.error(), options.json, terminal);
}

int run_cli(int argc, char** argv) {
  winsize size{};
  const bool live = isatty(STDOUT_FILENO) == 1;
  const bool known = live && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  Terminal terminal{std::cout, std::cerr, live, known ? std::size_t(size.ws_col) : live ? 80u : 0u};
  return run_cli({argv + 1, argv + std::max(argc, 1)}, terminal);
}

}  // namespace ridge
