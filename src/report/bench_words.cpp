#include "report/internal/bench_words.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "report/format.h"

namespace ridge {

std::string bench_claim_words(const BenchCell& c) {
  if (c.state == BenchCell::State::failed) return "failed: " + printable(c.error, 200);
  if (c.state == BenchCell::State::waiting) return "not run yet";
  if (c.claim) return interval_text(*c.claim);
  const std::string why = c.why_not.empty() ? "" : ": " + printable(c.why_not, 200);
  return (c.state == BenchCell::State::interrupted ? "interrupted" : "nothing claimed") + why;
}

std::string bench_ratio_words(const BenchWorkload& w) {
  if (w.ratio) return interval_text(*w.ratio);
  return w.best_s > 0 ? ratio_text(w.seed_s / w.best_s) + " (screened)" : "–";
}

std::string bench_held_out_words(const BenchCell& c) {
  if (c.hidden == 0) return "–";
  std::string out = fmt::format("right on {} of {}", c.hidden_right, c.hidden);
  if (c.hidden_ratio) out += ", " + ratio_text(*c.hidden_ratio);
  if (c.gate_attempts > 1) out += fmt::format(" (attempt {})", c.gate_attempts);
  return out;
}

std::vector<std::string> bench_sentences(const BenchResults& r) {
  std::vector<std::string> out;
  const auto count = [&](BenchCell::State state) { return std::ranges::count(r.cells, state, &BenchCell::state); };
  const auto claims = std::ranges::count_if(r.cells, [](const BenchCell& c) { return c.claim.has_value(); });
  out.push_back(
      fmt::format("{} of {} searches done, {} with a claim{}", count(BenchCell::State::done), r.cells.size(), claims,
                  count(BenchCell::State::failed) ? fmt::format(", {} failed", count(BenchCell::State::failed)) : ""));
  for (const std::string& p : r.spec.policies)
    if (const double mean = mean_claim(r, p); mean > 0)
      out.push_back(fmt::format("{}: {} over the seeds, geometric mean of the claims (1 where nothing was claimed)", p,
                                ratio_text(mean)));
  for (const PolicyComparison& c : compare_policies(r)) {
    if (c.pairs == 0) continue;
    out.push_back(std::isfinite(c.ratio.upper) && c.ratio.lower > 0
                      ? fmt::format("{} over {}: {} ({:.0f} %), {} pairs of equal task and seed", c.policy, c.against,
                                    interval_text(c.ratio), 100 * c.ratio.level, c.pairs)
                      : fmt::format("{} over {}: {}, no interval: {} pairs of equal task and seed are too few",
                                    c.policy, c.against, ratio_text(c.ratio.estimate), c.pairs));
  }
  return out;
}

}  // namespace ridge
