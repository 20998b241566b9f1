// The check's own test, for one task or a whole suite: seeds and templates must be accepted, mutants must not.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/cli.h"
#include "cli/options.h"

namespace ridge {

// `ids`: names of tasks, all judged; one table and its sums at the end. 0 when everything was as expected, else 1; an
// Error of one task (its reference does not compile …) is told in its row and ends in 3 when all the others are done.
Result<int> check_tasks(const std::vector<std::string>& ids, const Options& options, Terminal& terminal);

}  // namespace ridge
