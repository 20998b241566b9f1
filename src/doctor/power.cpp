#include "doctor/power.h"

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "base/text.h"
#include "doctor/internal/examination.h"
#include "doctor/internal/words.h"
#include "doctor/noise.h"
#include "measure/proportion.h"
#include "measure/summary.h"

namespace ridge {
namespace {

constexpr double wanted_power = 0.95;        // at 3 %
constexpr double wanted_power_small = 0.80;  // at 1 %, where the noise allows it: what "detectable" means
constexpr double large_effect = 0.03;
constexpr std::size_t quick_trials = 12, full_trials = 100;  // of each effect
constexpr double most_asymmetry = 0.01;                      // of the two roles' estimates, as a log ratio
constexpr std::size_t most_blocks = 64, pairs_of_most_blocks = 16;

// What 64 blocks in 16 pairs of processes can see with 80 % power.
double smallest_visible(const measure::Noise& n) {
  return 2.8 *
         std::sqrt(n.sigma_d * n.sigma_d / double(most_blocks) + n.sigma_p * n.sigma_p / double(pairs_of_most_blocks));
}

std::string percent(double effect) {
  return fmt::format("{:.0f} %", 100 * effect);
}

DoctorFinding power_finding(const PowerTrials& t, const measure::Noise& noise) {
  const bool large = t.effect >= large_effect;
  const double wanted = large ? wanted_power : wanted_power_small;
  const auto found = measure::clopper_pearson(t.found, t.trials);
  const bool enough = t.trials >= full_trials;
  DoctorFinding f =
      proportion_finding(fmt::format("a kernel with {} more work is found slower", percent(t.effect)), found,
                         enough ? fmt::format("at least {:.0f} of {}", std::ceil(wanted * double(t.trials)), t.trials)
                                : fmt::format("{}: the interval does not end below it", share_words(wanted)));
  f.numbers["voided"] = double(t.voided);
  f.numbers["effect"] = t.effect;
  const double visible = smallest_visible(noise);
  if (!large && noise.pairs > 0 && visible > t.effect) {
    f.expected = "no promise";
    f.outcome = CheckOutcome::not_possible;
    f.mend = fmt::format("this machine's noise shows effects from {} on: a calmer one shows smaller ones",
                         share_words(visible));
  } else if (t.trials == 0) {
    f.outcome = CheckOutcome::not_possible;
    f.mend = t.voided > 0 ? "unrest voided every trial: let nothing else run on the machine"
                          : "no trial was made: give the section more time";
  } else if (enough ? t.found < std::size_t(std::ceil(wanted * double(t.trials))) : found.upper < wanted) {
    f.outcome = CheckOutcome::failed;
    f.mend = "real gains of this size may be missed here: let nothing else run on the machine, fix its clock";
  }
  return f;
}

}  // namespace

void PowerTrials::add(const DuelRecord& duel, bool slow_is_candidate) {
  if (duel.outcome == DuelOutcome::voided) {
    ++voided;
    return;
  }
  ++trials;
  const bool said_slower = duel.outcome == DuelOutcome::slower, said_faster = duel.outcome == DuelOutcome::faster;
  found += slow_is_candidate ? said_slower : said_faster;
  wrong_sign += slow_is_candidate ? said_faster : said_slower;
  if (!(duel.ratio.estimate > 0)) return;
  const double log = std::log(duel.ratio.estimate);
  (slow_is_candidate ? as_candidate : as_incumbent).push_back(slow_is_candidate ? -log : log);
}

std::vector<DoctorFinding> power_findings(const std::vector<PowerTrials>& all, const measure::Noise& noise) {
  std::vector<DoctorFinding> out;
  PowerTrials together;
  for (const PowerTrials& t : all) {
    out.push_back(power_finding(t, noise));
    together.trials += t.trials;
    together.wrong_sign += t.wrong_sign;
  }
  // Exchanging the roles must invert the sign: an alarm on the wrong side is a duel that differs by mistake, which
  // happens in 5 % of A/A duels and practically never against a true difference.
  const PowerTrials* largest = nullptr;
  for (const PowerTrials& t : all)
    if (!largest || t.effect > largest->effect) largest = &t;
  if (!largest || largest->as_candidate.empty() || largest->as_incumbent.empty()) return out;
  const double one = measure::hodges_lehmann(largest->as_candidate),
               other = measure::hodges_lehmann(largest->as_incumbent);
  DoctorFinding f;
  f.what = "roles exchanged, the sign inverts";
  f.measured = fmt::format("{} more work: {:.2f} % slower as challenger, {:.2f} % as incumbent, wrong side {} of {}",
                           percent(largest->effect), 100 * std::expm1(one), 100 * std::expm1(other),
                           together.wrong_sign, together.trials);
  f.expected = fmt::format("the same within {}, never the wrong side", share_words(most_asymmetry));
  f.numbers = {{"slower_as_candidate", std::expm1(one)},
               {"slower_as_incumbent", std::expm1(other)},
               {"wrong_sign", double(together.wrong_sign)},
               {"trials", double(together.trials)}};
  const bool asymmetric = std::fabs(one - other) > std::max(most_asymmetry, smallest_visible(noise));
  if (asymmetric || measure::clopper_pearson(together.wrong_sign, together.trials).lower > 0.01) {
    f.outcome = CheckOutcome::failed;
    f.mend =
        "a duel depends on who stands on which side: this is a fault of Ridgeline's on this machine, please report it";
  }
  out.push_back(std::move(f));
  return out;
}

Result<void> examine_power(Examination& e) {
  RIDGE_TRY(Arena* const arena, e.arena());
  std::vector<PowerTrials> all(2);
  all[0].effect = 0.03;
  all[1].effect = 0.01;
  const std::size_t trials = e.settings.full ? full_trials : quick_trials;
  Rng sides(e.settings.seed, "doctor power");
  double seconds = 0;
  for (std::size_t n = 0; n < trials && !e.over(); ++n)
    for (PowerTrials& t : all) {
      if (e.over()) break;
      e.say(fmt::format("kernels slowed by 3 % and 1 %, {} of {}", n + 1, trials));
      const int slow = int(std::lround(1000 * t.effect));
      // Both sides equally often, in an order that nothing can lean on.
      const bool candidate = n % 2 == 0 ? sides.coin() : t.as_candidate.size() < t.as_incumbent.size();
      Arena::Order order;
      order.workload = arena->middle();
      (candidate ? order.candidate : order.incumbent) = slow;
      RIDGE_TRY(const DuelRecord duel, arena->duel(order));
      t.add(duel, candidate);
      seconds = median_call_seconds(duel);
    }
  for (DoctorFinding& f : power_findings(all, e.noise.at(seconds))) e.add(std::move(f));
  return {};
}

}  // namespace ridge
