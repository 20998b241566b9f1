// Measured ceilings as a file, JSON, one for each machine and device.
#pragma once

#include <string>

#include "device/device.h"

namespace ridge {

Result<Ceilings> load_ceilings(const std::string& path);
Result<void> save_ceilings(const std::string& path, const Ceilings& ceilings);

}  // namespace ridge
