// The table of commands. A new one is a file with its function, a row here, and its options in parse.cpp.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/cli.h"
#include "cli/options.h"

namespace ridge {

struct Command {
  std::string_view name;
  std::string_view summary;                                        // one line of `ridgeline --help`
  std::string_view example;                                        // closes its own help
  Result<int> (*run)(const Options& options, Terminal& terminal);  // the exit status
};
std::span<const Command> commands();

Result<int> devices_command(const Options& options, Terminal& terminal);
Result<int> doctor_command(const Options& options, Terminal& terminal);
Result<int> tasks_command(const Options& options, Terminal& terminal);
Result<int> show_command(const Options& options, Terminal& terminal);
Result<int> check_command(const Options& options, Terminal& terminal);
Result<int> calibrate_command(const Options& options, Terminal& terminal);
Result<int> reference_command(const Options& options, Terminal& terminal);
Result<int> search_command(const Options& options, Terminal& terminal);
Result<int> bench_command(const Options& options, Terminal& terminal);
Result<int> export_command(const Options& options, Terminal& terminal);
std::vector<std::string> export_names();
Result<int> resume_command(const Options& options, Terminal& terminal);
Result<int> runs_command(const Options& options, Terminal& terminal);
Result<int> verify_command(const Options& options, Terminal& terminal);
Result<int> report_command(const Options& options, Terminal& terminal);
Result<int> diff_command(const Options& options, Terminal& terminal);
Result<int> new_command(const Options& options, Terminal& terminal);
Result<int> completion_command(const Options& options, Terminal& terminal);
Result<int> man_command(const Options& options, Terminal& terminal);

}  // namespace ridge
