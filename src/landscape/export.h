// A run of ours in the auto-tuning community's formats (docs/formats/landscapes.md).
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "kernel/plan.h"
#include "model/archive.h"

namespace ridge {

// Results in the T4 schema: every judged candidate that has parameters, in the order they were known; times in
// milliseconds, the objective "time" is the sum of the workloads' medians.
nlohmann::json to_t4(const ArchiveView& archive);
// Its space in the T1 schema: tunables and constraints. Constraints stand as we write them (`&&`, `||`).
nlohmann::json to_t1(const Plan& plan, const std::string& benchmark);

}  // namespace ridge
