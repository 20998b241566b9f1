// How often something happened in a number of trials, with an interval that is never too narrow: power, false alarms,
// detection rates.
#pragma once

#include <cstddef>

namespace ridge::measure {

struct Proportion {
  std::size_t hits = 0, trials = 0;
  double lower = 0, upper = 1;  // of the true share
  double share() const { return trials > 0 ? double(hits) / double(trials) : 0; }
};

// The exact interval of Clopper and Pearson (Biometrika 26, 1934): the shares that a two-sided binomial test at
// 1 - `level` does not refuse. Without trials it is [0, 1]. hits <= trials.
Proportion clopper_pearson(std::size_t hits, std::size_t trials, double level = 0.95);

}  // namespace ridge::measure
