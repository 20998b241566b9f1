#include "measure/control_chart.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "measure/signed_rank.h"
#include "measure/summary.h"

namespace ridge::measure {
namespace {

constexpr std::size_t least_blocks = 6;
constexpr double chart_limit = 3;      // standard deviations
constexpr int longest_run = 8;         // of one sign
constexpr double least_sigma = 0.002;  // between processes, where it was never measured
// A few blocks can agree by chance more than they do in truth: the limit alone would then alarm. The exact test must
// refuse "equal" as well; at eight blocks this level needs all of one sign.
constexpr double chart_level = 0.0155;

}  // namespace

std::string ControlChart::add(std::span<const double> logs, std::size_t blocks_per_process) {
  if (logs.size() < least_blocks) return "";
  ++points_;
  const double n = double(logs.size());
  const double centre = hodges_lehmann(logs), inside = robust_sigma(logs);
  const double pairs = std::max(1.0, n / double(std::max<std::size_t>(1, blocks_per_process)));
  const double between = sigma_p_ > 0 ? sigma_p_ : least_sigma;
  // The variance of a Hodges-Lehmann centre of n normal values is (pi / 3) sigma^2 / n.
  const double sigma = std::sqrt(1.0472 * inside * inside / n + between * between / pairs);
  run_ = centre > 0 ? std::max(run_, 0) + 1 : centre < 0 ? std::min(run_, 0) - 1 : 0;
  if (std::fabs(centre) > chart_limit * sigma && signed_rank_p(logs) <= chart_level)
    return fmt::format(
        "a kernel measured against itself came out {:.2f} % {}, more than {:.1f} standard deviations of this machine",
        100 * std::fabs(std::expm1(centre)), centre > 0 ? "faster" : "slower", chart_limit);
  if (std::abs(run_) >= longest_run) {
    const int length = std::abs(std::exchange(run_, 0));
    return fmt::format("{} sentinels in a row favoured the same side: the measuring is biased", length);
  }
  return "";
}

}  // namespace ridge::measure
