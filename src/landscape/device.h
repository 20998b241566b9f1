// A recorded landscape as a device: compiling looks the configuration up by its macros, a call takes one of the
// recorded raw times, what failed there fails here. The rest is the null device (device/null): nothing runs, time is
// simulated.
#pragma once

#include <memory>

#include "device/null/null.h"
#include "landscape/landscape.h"

namespace ridge {

// Programs without the landscape's macros (a seed) take as long as its median configuration. A configuration that was
// not recorded is refused by the compiler.
null::NullSettings recorded_device(std::shared_ptr<const Landscape> landscape, std::uint64_t seed = 1);
// The landscape's tunables as the [tune] section of a plan, defaults first chosen by the file.
std::string tune_section(const Space& space);

}  // namespace ridge
