#include "measure/summary.h"

#include <algorithm>
#include <cmath>

#include "base/result.h"

namespace ridge::measure {

double quantile_of_sorted(std::span<const double> ascending, double p) {
  if (ascending.empty()) return 0;
  const double place = std::clamp(p, 0.0, 1.0) * double(ascending.size() - 1);
  const std::size_t below = std::size_t(place);
  if (below + 1 >= ascending.size()) return ascending.back();
  return ascending[below] + (place - double(below)) * (ascending[below + 1] - ascending[below]);
}

Summary summarize(std::span<const double> samples) {
  std::vector<double> sorted(samples.begin(), samples.end());
  std::ranges::sort(sorted);
  Summary out;
  out.n = sorted.size();
  if (sorted.empty()) return out;
  out.median = quantile_of_sorted(sorted, 0.5);
  out.q1 = quantile_of_sorted(sorted, 0.25);
  out.q3 = quantile_of_sorted(sorted, 0.75);
  out.min = sorted.front();
  return out;
}

std::vector<double> walsh_averages(std::span<const double> values) {
  std::vector<double> means;
  means.reserve(values.size() * (values.size() + 1) / 2);
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t j = i; j < values.size(); ++j) means.push_back(0.5 * (values[i] + values[j]));
  std::ranges::sort(means);
  return means;
}

double hodges_lehmann(std::span<const double> values) {
  return quantile_of_sorted(walsh_averages(values), 0.5);
}

double robust_sigma(std::span<const double> values) {
  if (values.size() < 2) return 0;
  const double centre = summarize(values).median;
  std::vector<double> distances;
  for (double v : values) distances.push_back(std::abs(v - centre));
  return 1.4826 * summarize(distances).median;
}

double log_speedup(double before_s, double after_s) {
  return std::log(before_s) - std::log(after_s);
}

double weighted_mean(std::span<const double> logs, std::span<const double> weights) {
  RIDGE_CHECK(logs.size() == weights.size(), "one weight for each workload");
  double sum = 0, total = 0;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    sum += weights[i] * logs[i];
    total += weights[i];
  }
  RIDGE_CHECK(total > 0, "the weights of the workloads add up to nothing");
  return sum / total;
}

double weighted_geometric_mean(std::span<const double> logs, std::span<const double> weights) {
  return std::exp(weighted_mean(logs, weights));
}

}  // namespace ridge::measure
