// The one test behind every duel: if candidate and incumbent are equal, a block's log ratio is as likely +d as -d,
// whatever the shape of the noise. Flipping signs on *ranks* (Wilcoxon 1945) instead of on the values themselves keeps
// a single wild block (23 % was seen) from deciding, has an exact null distribution that needs no sampling, and inverts
// into an interval of the Hodges-Lehmann centre, so test and interval never disagree.
#pragma once

#include <cstddef>
#include <span>

namespace ridge::measure {

// A speed-up (a ratio; 1 = equal) with its interval. With too few blocks for the level the ends are 0 and infinity.
struct Interval {
  double estimate = 1, lower = 1, upper = 1;
  double level = 0.95;  // of this one interval: 1 - nominal p
  std::size_t n = 0;    // blocks
};

// p-value of "the logs are symmetric around `shift`", exact up to 300 values (ties by mid-ranks, values equal to
// `shift` left out), normal approximation beyond.
double signed_rank_p(std::span<const double> logs, double shift = 0);        // two-sided
double signed_rank_p_below(std::span<const double> logs, double shift = 0);  // small when the logs lie below `shift`

// Centre and interval of exp(log) by inversion of the two-sided test at `nominal_p`. Needs 8 blocks at p = 0.0155.
Interval signed_rank_interval(std::span<const double> logs, double nominal_p);

}  // namespace ridge::measure
