// `ridgeline bench --landscapes DIR`: every optimiser on every recorded landscape of a folder.
#pragma once

#include "base/result.h"
#include "cli/cli.h"
#include "cli/options.h"

namespace ridge {

Result<int> bench_landscapes(const Options& options, Terminal& terminal);

}  // namespace ridge
