// Trying a layer of confinement: something that it must stop is really done, in a process that may die of it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "device/device.h"
#include "doctor/record/record.h"

namespace ridge {

struct Probed {
  CheckOutcome outcome = CheckOutcome::held;
  std::string measured;  // what happened
};
struct Probe {
  std::string what, expected, mend;
  std::function<Result<Probed>()> run;
};

// What this device's candidates are confined by; none for a simulated one.
std::vector<Probe> confinement_probes(Device& device);

DoctorFinding finding_of(const Probe& probe, const Result<Probed>& result);

}  // namespace ridge
