// Power: is a kernel with one or three per cent more work found to be slower, whichever side it stands on?
#pragma once

#include <vector>

#include "doctor/record/record.h"

namespace ridge {

struct PowerTrials {
  double effect = 0;  // share of extra work
  std::size_t trials = 0, found = 0, wrong_sign = 0, voided = 0;
  // Log of the slowed kernel's time over the plain one's, as it stood on either side.
  std::vector<double> as_candidate, as_incumbent;

  void add(const DuelRecord& duel, bool slow_is_candidate);
};

// `noise`: of the class that the trials were made in; decides whether one per cent can be expected to be seen.
std::vector<DoctorFinding> power_findings(const std::vector<PowerTrials>& all, const measure::Noise& noise);

}  // namespace ridge
