// After a run: all 96 variants measured again, each in blocks that interleave it with the winner, so that the winner's
// regret is known with an interval. Shares nothing with the run that chose the winner but the code.
#pragma once

#include <string>
#include <vector>

#include "device/device.h"
#include "model/evaluation.h"
#include "model/task.h"

namespace ridge::bench {

struct Rival {
  std::string parameters;  // "BX=32 BY=8 TK=16 UNROLL=0"
  Interval ratio;          // > 1: faster than the winner
};
struct Regret {
  double estimate = 0, lower = 0, upper = 0;  // 0.01: the best of all is 1 % faster than the winner
  std::vector<Rival> rivals;                  // all of them, from the first measurement
  std::vector<Rival> nearest;  // those that looked best, from the second, which the regret comes from // best first
  double seconds = 0;
};
// `winner` must be a point of the task's template.
Result<Regret> measure_again(std::shared_ptr<const Task> task, Device& device, const Parameters& winner);

std::string described(const Parameters& parameters);

}  // namespace ridge::bench
