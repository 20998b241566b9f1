// The list of backends in this build: one row each, the only code that names them.
#pragma once

#include <memory>
#include <vector>

#include "device/device.h"

namespace ridge {

std::vector<std::unique_ptr<Backend>> backends();
// Opens "cpu", "null" … ; an unknown name is a usage error with the nearest known one.
Result<std::unique_ptr<Device>> open_device(const DeviceId& id);

}  // namespace ridge
