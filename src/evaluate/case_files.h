// One case of a task as files: a folder with NAME.npy for each buffer and case.json for the symbols. What `ridgeline
// reference` reads and writes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evaluate/oracle.h"

namespace ridge {

// "64" or "0.2" as a value of the symbol, inside its range. Messages name the symbol.
Result<Number> symbol_value(const Symbol& symbol, std::string_view written);

// Symbols of folder/case.json: {"format": 1, "task": …, "symbols": {"nx": 64, …}}, every symbol of the task, inside its
// range.
Result<Binding> read_case_symbols(const std::string& folder, const Task& task);

// Every `in` and `inout` buffer from folder/NAME.npy.
Result<Draw> read_case_inputs(const std::string& folder, const Task& task, const Workload& workload);

// Both return the files written. The folder is made when it is not there.
Result<std::vector<std::string>> write_case_inputs(const std::string& folder, const Task& task,
                                                   const Workload& workload, const Draw& draw);
// Answers: doubles for real outputs, the output's own type for integers; case.json also says metric and tolerance of
// each output for this case.
Result<std::vector<std::string>> write_case_answers(const std::string& folder, const Task& task,
                                                    const Workload& workload, const Draw& draw);

}  // namespace ridge
