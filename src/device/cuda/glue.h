// The text around a candidate's source, by which the compiler itself holds every kernel's signature against the plan.
#pragma once

#include <span>
#include <string>

#include "device/device.h"

namespace ridge::cuda {

inline constexpr std::string_view glue_name = "ridgeline-glue";

// The whole unit: traits, the candidate's source under its own name, and a check of each kernel.
std::string translation_unit(const CompileJob& job);

}  // namespace ridge::cuda
