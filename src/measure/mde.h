// How small a difference can be seen here at all: noise estimated from A/A blocks (a kernel against itself).
//
// Two noises, because they shrink differently. sigma_d is the spread of blocks inside one pair of processes and falls
// with the root of the number of blocks; sigma_p is the spread between pairs (layout, pages, clock bin) and does not
// fall until processes are restarted. Both are standard deviations of log ratios: 0.005 is half a per cent.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace ridge::measure {

struct Noise {
  double sigma_d = 0, sigma_p = 0;
  std::size_t blocks = 0, pairs = 0;
};

// `pairs`: for each process pair its block log ratios. Robust inside a pair (a single wild block was 23 %) and against
// single wild pairs (they count as three standard deviations); sigma_p is what the pairs' centres stray from zero
// beyond what sigma_d explains, and 0 if that is nothing. Zero is the truth of an A/A duel, so a common bias of all
// pairs counts as well. Pairs without blocks are skipped.
Noise noise_of(std::span<const std::vector<double>> pairs);
// The same from one row of blocks and the process pair of each (same length).
Noise noise_of(std::span<const double> logs, std::span<const int> process_pair);

// Smallest true log ratio that a fixed-length duel of `blocks` finds in 80 % of trials at 5 % two-sided: 2.8 sigma_d /
// sqrt(n). Infinite without blocks.
double minimum_detectable_effect(double sigma_d, std::size_t blocks);
// Blocks needed to see `effect`, at least 1; the largest value when it cannot be seen (effect 0 or less).
std::size_t blocks_needed(double sigma_d, double effect);

}  // namespace ridge::measure
