#include "measure/mde.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/result.h"
#include "measure/summary.h"

namespace ridge::measure {

constexpr double wild = 3;  // standard deviations beyond which a pair of processes is an accident

Noise noise_of(std::span<const std::vector<double>> pairs) {
  Noise out;
  std::vector<double> residuals, centres;
  double inverse_blocks = 0;
  for (const std::vector<double>& logs : pairs) {
    if (logs.empty()) continue;
    const double centre = hodges_lehmann(logs);
    const double n = double(logs.size());
    // Differences of two blocks need no centre: distances from one that was fitted to the same few values are too
    // small.
    for (std::size_t i = 0; i < logs.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        residuals.push_back((j % 2 == i % 2 ? 1 : -1) * (logs[i] - logs[j]) / std::sqrt(2.0));
    centres.push_back(centre);
    inverse_blocks += 1 / n;
    out.blocks += logs.size();
    ++out.pairs;
  }
  if (out.pairs == 0) return out;
  out.sigma_d = robust_sigma(residuals);
  // A process that lived through an accident of the machine counts as far off, but not as far as the accident was long.
  std::vector<double> distances;
  for (double c : centres) distances.push_back(std::fabs(c));
  const double farthest = wild * 1.4826 * summarize(distances).median;
  double centres_squared = 0;
  for (double d : distances) {
    const double kept = farthest > 0 ? std::min(d, farthest) : d;
    centres_squared += kept * kept;
  }
  // The variance of a Hodges-Lehmann centre of n normal values is (pi / 3) sigma^2 / n.
  const double explained = 1.0472 * out.sigma_d * out.sigma_d * inverse_blocks / double(out.pairs);
  out.sigma_p = std::sqrt(std::max(0.0, centres_squared / double(out.pairs) - explained));
  return out;
}

Noise noise_of(std::span<const double> logs, std::span<const int> process_pair) {
  RIDGE_CHECK(logs.size() == process_pair.size(), "every block names its process pair");
  std::map<int, std::vector<double>> groups;
  for (std::size_t i = 0; i < logs.size(); ++i) groups[process_pair[i]].push_back(logs[i]);
  std::vector<std::vector<double>> pairs;
  for (auto& [pair, values] : groups) pairs.push_back(std::move(values));
  return noise_of(pairs);
}

double minimum_detectable_effect(double sigma_d, std::size_t blocks) {
  if (blocks == 0) return std::numeric_limits<double>::infinity();
  return 2.8 * sigma_d / std::sqrt(double(blocks));
}

std::size_t blocks_needed(double sigma_d, double effect) {
  const double root = 2.8 * sigma_d / effect;
  const double blocks = std::ceil(root * root - 1e-9);
  if (!(effect > 0) || !(blocks < 1e15)) return std::numeric_limits<std::size_t>::max();
  return std::max<std::size_t>(1, std::size_t(blocks));
}

}  // namespace ridge::measure
