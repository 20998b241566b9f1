// Measured peaks of this CPU, by kernels of our own run through the same compiler and lanes as candidates.
#pragma once

#include <string>

#include "device/device.h"

namespace ridge::cpu {

// A few seconds of measuring, all cores. Bandwidth per working set is the better of a read-only sum and a triad (bytes
// read and written, as the field counts them); flop rates are independent fused multiply-adds in vectors.
Result<Ceilings> measure_ceilings(Device& device);

// Who this machine is: processor, cores, caches, kernel.
std::string machine_identity();

}  // namespace ridge::cpu
