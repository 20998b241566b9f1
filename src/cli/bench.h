// `ridgeline bench`: sweeps over what can be compared.
#pragma once

#include "base/result.h"
#include "cli/cli.h"
#include "cli/options.h"

namespace ridge {

// Every task of a suite × every policy × every seed, one search each, into one folder that can be gone on with.
Result<int> bench_suite(const Options& options, Terminal& terminal);

}  // namespace ridge
