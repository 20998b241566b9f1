// NVIDIA GPUs: "cuda:0", "cuda:1", …; and "cuda:sm_90", which compiles for an architecture and runs nothing.
#pragma once

#include <memory>

#include "device/device.h"

namespace ridge::cuda {

std::unique_ptr<Backend> make_backend();

}  // namespace ridge::cuda
