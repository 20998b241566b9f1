// Peaks of a GPU, measured by kernels of our own through the device's own lanes.
#pragma once

#include <string>

#include "device/device.h"

namespace ridge::cuda {

// The stored ones of this machine, or measured and stored.
Result<Ceilings> stored_ceilings(Device& device, const std::string& machine, bool measure_again);

}  // namespace ridge::cuda
