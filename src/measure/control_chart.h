// A control chart over duels of one program with itself (sentinels): does the measuring still measure nothing where
// there is nothing? (protocol step 8)
//
// Each sentinel gives a centre of block log ratios, whose standard deviation follows from the blocks' own spread and
// from what processes differ by. Shewhart's limit is three of those; and a side that is favoured a little, again and
// again, shows as a run of one sign (Western Electric's rule of eight).
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace ridge::measure {

class ControlChart {
 public:
  // `sigma_p`: between processes, from calibration; 0 where unknown, and a least spread of 0.2 % is then assumed.
  explicit ControlChart(double sigma_p) : sigma_p_(sigma_p) {}

  // Block log ratios of one sentinel, in which each pair of processes ran `blocks_per_process` blocks. What is beyond
  // the limits, or nothing. Fewer than six blocks say nothing.
  std::string add(std::span<const double> logs, std::size_t blocks_per_process);

  std::size_t points() const { return points_; }

 private:
  double sigma_p_;
  std::size_t points_ = 0;
  int run_ = 0;  // sentinels in a row on one side; negative: below
};

}  // namespace ridge::measure
