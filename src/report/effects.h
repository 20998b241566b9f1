// Which parameter mattered? Computed from the screened scores of right candidates, all of which have the same tunables.
//
// Two numbers, because a search is no designed experiment:
//   explained  share of the variance of log score that the parameter's value explains alone (the main effect of a
//              one-way analysis of variance; Hutter, Hoos and Leyton-Brown, ICML 2014, use the same share on a model).
//              Values that were tried in good company look better than they are.
//   matched    median, over groups of candidates alike in source, flags and every other parameter, of the best score
//              over the worst one within the group. Nothing else differs there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/candidate.h"

namespace ridge {

// One candidate that has been judged. `context` stands for source, flags and compiler: equal ones share the number.
struct Observation {
  Parameters parameters;
  std::uint64_t context = 0;
  double score = 0;  // 0: it failed
};

struct ValueEffect {
  std::string value;
  std::int64_t count = 0, failed = 0;  // count: right ones
  double best = 0, median = 0, q1 = 0, q3 = 0;
  bool chosen = false;  // the winner has it
};
struct ParameterEffect {
  std::string name, chosen;
  double explained = 0;     // 0 to 1
  double matched = 0;       // a factor of at least 1; 0: no group
  std::int64_t groups = 0;  // with at least two values
  std::vector<ValueEffect> values;
};
struct Effects {
  std::int64_t right = 0, failed = 0;       // observations with the winner's tunables
  std::vector<ParameterEffect> parameters;  // the one that mattered most first; those with one value are left out
};

// Of the observations that have exactly the tunables of `winner`.
Effects effects_of(const std::vector<Observation>& observations, const Parameters& winner);

}  // namespace ridge
