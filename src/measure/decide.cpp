#include "measure/decide.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/result.h"
#include "base/text.h"
#include "measure/duel.h"

namespace ridge::measure {

bool differs(const Interval& interval) {
  return interval.lower > 1 || interval.upper < 1;
}

double claim_margin(double sigma_p, double least) {
  return std::max(least, 2 * sigma_p);
}

std::vector<std::size_t> holm(std::span<const double> p, double level) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t(0));
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return p[i]; });
  std::size_t n = 0;
  while (n < order.size() && p[order[n]] <= level / double(order.size() - n)) ++n;
  order.resize(n);
  std::ranges::sort(order);
  return order;
}

namespace {

std::string listed(const std::vector<std::size_t>& workloads) {
  std::vector<std::string> parts;
  for (std::size_t w : workloads) parts.push_back(fmt::format("{}", w));
  return join(parts, ", ");
}

Claim refused(Claim out, Claim::Refusal refusal, std::string reason) {
  out.refusal = refusal;
  out.reason = std::move(reason);
  return out;
}

std::vector<std::size_t> regressed(const std::vector<std::vector<double>>& logs, std::size_t workloads, double level) {
  std::vector<double> p;
  for (std::size_t w = 0; w < workloads; ++w) p.push_back(signed_rank_p_below(column(logs, w)));
  return holm(p, level);
}

}  // namespace

Claim claim(const std::vector<std::vector<double>>& logs, std::span<const double> weights,
            const ClaimSettings& settings) {
  Claim out;
  out.margin = claim_margin(settings.sigma_p, settings.least_margin);
  out.overall = signed_rank_interval(combined_logs(logs, weights), settings.nominal_p);
  for (std::size_t w = 0; w < weights.size(); ++w)
    out.workloads.push_back(signed_rank_interval(column(logs, w), settings.nominal_p));

  for (std::size_t w = 0; w < weights.size(); ++w)
    if (out.workloads[w].estimate < settings.workload_floor) out.offenders.push_back(w);
  if (!out.offenders.empty())
    return refused(
        std::move(out), Claim::Refusal::below_floor,
        fmt::format("a workload falls under the floor of {:.3f}: {}", settings.workload_floor, listed(out.offenders)));
  out.offenders = regressed(logs, weights.size(), settings.regression_p);
  if (!out.offenders.empty())
    return refused(std::move(out), Claim::Refusal::regression,
                   fmt::format("a workload became slower beyond doubt: {}", listed(out.offenders)));
  if (!(out.overall.lower > 1 + out.margin))
    return refused(std::move(out), Claim::Refusal::too_small,
                   fmt::format("the speed-up {:.4f} is at least {:.4f}, a claim needs more than {:.4f}",
                               out.overall.estimate, out.overall.lower, 1 + out.margin));
  out.granted = true;
  out.reason = fmt::format("the speed-up {:.4f} is at least {:.4f}, more than {:.4f}", out.overall.estimate,
                           out.overall.lower, 1 + out.margin);
  return out;
}

Regret regret_upper(std::span<const Interval> finalists, std::size_t pick) {
  RIDGE_CHECK(pick < finalists.size(), "the pick is one of the finalists");
  const auto log_of = [](double ratio) { return std::log(ratio); };  // 0 and infinity give open ends
  const Interval& mine = finalists[pick];
  const double below = log_of(mine.estimate) - log_of(mine.lower);
  Regret out{pick, pick, 0};
  for (std::size_t j = 0; j < finalists.size(); ++j) {
    if (j == pick) continue;
    const Interval& other = finalists[j];
    const double above = log_of(other.upper) - log_of(other.estimate);
    const double gap = log_of(other.estimate) - log_of(mine.estimate) + std::hypot(above, below);
    if (std::expm1(gap) > out.upper) out = {pick, j, std::expm1(gap)};
  }
  return out;
}

Regret regret_upper(std::span<const Interval> finalists) {
  RIDGE_CHECK(!finalists.empty(), "selection needs a finalist");
  const auto best = std::ranges::max_element(finalists, {}, &Interval::estimate);
  return regret_upper(finalists, std::size_t(best - finalists.begin()));
}

Regret select(std::span<const Interval> finalists, std::span<const double> complexity, double tolerance) {
  RIDGE_CHECK(finalists.size() == complexity.size(), "one complexity for each finalist");
  Regret out = regret_upper(finalists);
  double simplest = out.upper < tolerance ? complexity[out.pick] : std::numeric_limits<double>::infinity();
  for (std::size_t j = 0; j < finalists.size(); ++j) {
    const Regret other = regret_upper(finalists, j);
    if (other.upper < tolerance && complexity[j] < simplest) {
      out = other;
      simplest = complexity[j];
    }
  }
  return out;
}

}  // namespace ridge::measure
