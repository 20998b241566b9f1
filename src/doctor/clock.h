// The clock and what a call costs beside its work.
#pragma once

#include <vector>

#include "doctor/record/record.h"

namespace ridge {

struct ClockFacts {
  double resolution_s = 0;      // smallest step seen
  double reading_s = 0;         // of one reading
  double empty_call_s = 0;      // median of bursts of one call that does nothing
  double empty_in_burst_s = 0;  // the same call's share of a burst of 64
  bool parent_spins = true;     // a core is free for whoever holds the watch
};
std::vector<DoctorFinding> clock_findings(const ClockFacts& facts);

}  // namespace ridge
