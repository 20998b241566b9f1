// Where the program's own parts are.
#pragma once

#include <string>

#include "base/result.h"

namespace ridge {

// Where compiled images and measured ceilings are kept: $XDG_CACHE_HOME/ridgeline or ~/.cache/ridgeline; empty when not
// writable.
std::string cache_folder();
// Path of ridgeline-worker: $RIDGELINE_WORKER, else beside the running program.
std::string worker_path();
// The folder that holds tasks/ and include/: $RIDGELINE_ROOT, ../share/ridgeline beside the program's folder, or the
// nearest folder above the program that has both.
Result<std::string> resource_root();

}  // namespace ridge
