// Findings about how often something happened.
#pragma once

#include <string>

#include "doctor/record/record.h"
#include "doctor/record/words.h"
#include "measure/proportion.h"

namespace ridge {

// "3 of 60 (5.0 %, interval 1.0 % to 14 %)", with the numbers; held until someone says otherwise.
inline DoctorFinding proportion_finding(std::string what, const measure::Proportion& p, std::string expected) {
  DoctorFinding f;
  f.what = std::move(what);
  f.measured = fmt::format("{} of {} ({}, interval {} to {})", p.hits, p.trials, share_words(p.share()),
                           share_words(p.lower), share_words(p.upper));
  f.expected = std::move(expected);
  f.numbers = {{"hits", double(p.hits)}, {"trials", double(p.trials)}, {"lower", p.lower}, {"upper", p.upper}};
  return f;
}

}  // namespace ridge
