#include "cli/bench.h"

#include "cli/bench_landscapes.h"
#include "cli/commands.h"

namespace ridge {

Result<int> bench_command(const Options& options, Terminal& terminal) {
  if (!options.landscapes.empty()) return bench_landscapes(options, terminal);
  if (options.argument(0).empty())
    return fail(Error::Kind::usage,
                "bench: what? Name a suite, for example ridgeline bench metal-sci --budget 2m, or a folder of recorded "
                "landscapes with --landscapes DIR");
  return bench_suite(options, terminal);
}

}  // namespace ridge
