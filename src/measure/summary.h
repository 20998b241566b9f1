// What a row of samples says, by order statistics: times have a hard lower end and a long upper tail, where means and
// standard deviations follow the tail.
//
// Samples are seconds or natural-log ratios, as each function says. Nothing here fails: an empty row gives zeros with n
// = 0, and values that are not finite must be kept out by the caller (ScreenRule and Duel do).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace ridge::measure {

struct Summary {
  double median = 0, q1 = 0, q3 = 0, min = 0;  // in the unit of the samples
  std::size_t n = 0;
};

Summary summarize(std::span<const double> samples);

// Quantile p in [0, 1] of values in ascending order, linear between neighbours (type 7 of Hyndman and Fan 1996).
double quantile_of_sorted(std::span<const double> ascending, double p);

// The median of all pairwise means: nearly as precise as the mean on calm data (efficiency 95 % on normal noise), and
// unmoved by up to 29 % of wild values (Hodges and Lehmann 1963). Costs n² / 2 numbers: meant for blocks, not for
// thousands of samples.
double hodges_lehmann(std::span<const double> values);
// Those pairwise means (i <= j), ascending: n (n + 1) / 2 of them.
std::vector<double> walsh_averages(std::span<const double> values);

// Standard deviation as the median distance from the median tells it (x 1.4826, right for normal noise); 0 for fewer
// than two.
double robust_sigma(std::span<const double> values);

// ln(before / after): positive when `after` is the faster one; exp() of it is the speed-up. Seconds, both positive.
double log_speedup(double before_s, double after_s);
// exp(sum w_i x_i / sum w_i): the weighted geometric mean of speed-ups given as logs. Weights >= 0, not all 0, as many
// as logs.
double weighted_mean(std::span<const double> logs, std::span<const double> weights);
double weighted_geometric_mean(std::span<const double> logs, std::span<const double> weights);

}  // namespace ridge::measure
