#include "doctor/noise.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "doctor/internal/bystanders.h"
#include "doctor/internal/examination.h"
#include "doctor/internal/words.h"
#include "measure/decide.h"
#include "measure/duel.h"
#include "measure/proportion.h"
#include "measure/summary.h"

namespace ridge {
namespace {

constexpr std::size_t usual_blocks_per_process = 4;
// One look: a duel that may end early keeps fewer blocks of just those pairs that look unlike.
constexpr std::size_t calibrating_blocks = 32;
constexpr std::size_t quick_rounds = 4, full_rounds = 20;  // A/A duels of each workload
constexpr double false_alarm_rate = 0.05;
constexpr double most_voided = 0.2;
constexpr double most_bystanders = 0.15;  // cores
constexpr double sure = 0.999;            // level of findings that accuse the harness itself
// What a machine must be able to tell apart, at calls longer and shorter than 20 µs.
constexpr double least_resolution = 0.03, least_resolution_short = 0.10;

constexpr const char* kCalm =
    "let nothing else run on the machine; on your own hardware fix the clock (cpupower frequency-set -g performance) "
    "and switch turbo off; on a virtual machine take one with cores of its own";

}  // namespace

std::vector<std::vector<double>> logs_by_pair(const DuelRecord& duel, std::size_t blocks_per_process) {
  std::vector<std::vector<double>> pairs;
  for (std::size_t b = 0; b < duel.visits.size(); ++b) {
    if (b % std::max<std::size_t>(1, blocks_per_process) == 0) pairs.emplace_back();
    if (duel.visits[b].empty()) continue;
    const double log = measure::block_log(duel.visits[b].front());
    if (std::isfinite(log)) pairs.back().push_back(log);
  }
  return pairs;
}

double median_call_seconds(const DuelRecord& duel) {
  std::vector<double> seconds;
  for (const auto& block : duel.visits)
    if (!block.empty()) seconds.insert(seconds.end(), block.front().begin(), block.front().end());
  return measure::summarize(seconds).median;
}

void AaDuels::add(const DuelRecord& duel, std::size_t blocks_per_process) {
  if (duel.outcome == DuelOutcome::voided) {
    ++voided_;
    return;
  }
  const double seconds = median_call_seconds(duel);
  Class& c = classes_[measure::duration_class_of(seconds)];
  for (auto& pair : logs_by_pair(duel, blocks_per_process))
    if (!pair.empty()) c.pairs.push_back(std::move(pair));
  c.seconds.push_back(seconds);
  ++c.duels;
  ++decided_;
  differing_ += duel.differs;
  promoting_ += duel.differs && duel.ratio.lower > 1 + measure::claim_margin(0);
}

void AaDuels::add_claim_form(const DuelRecord& duel) {
  if (duel.outcome == DuelOutcome::voided) {
    ++voided_;
    return;
  }
  ++claims_;
  alarms_ += duel.differs;
}

measure::NoiseTable AaDuels::table() const {
  measure::NoiseTable out;
  for (std::size_t i = 0; i < classes_.size(); ++i) out.classes[i] = measure::noise_of(classes_[i].pairs);
  return out;
}

DoctorFinding AaDuels::of_class(std::size_t i) const {
  const Class& c = classes_[i];
  const measure::Noise noise = measure::noise_of(c.pairs);
  const auto& duration = measure::duration_classes()[i];
  const double apart = measure::distinguishable(noise);
  const double wanted = duration.from_s >= 20e-6 ? least_resolution : least_resolution_short;
  DoctorFinding f;
  f.what = fmt::format("noise of calls {}", duration.name);
  f.measured = fmt::format("σd {}, σp {}: {} can be told apart", share_words(noise.sigma_d), share_words(noise.sigma_p),
                           share_words(apart));
  f.expected = fmt::format("at most {}", share_words(wanted));
  f.outcome = apart <= wanted ? CheckOutcome::held : CheckOutcome::failed;
  if (f.outcome == CheckOutcome::failed) f.mend = kCalm;
  f.numbers = {{"sigma_d", noise.sigma_d},
               {"sigma_p", noise.sigma_p},
               {"mde_64", measure::minimum_detectable_effect(noise.sigma_d, 64)},
               {"distinguishable", apart},
               {"blocks", double(noise.blocks)},
               {"pairs", double(noise.pairs)},
               {"duels", double(c.duels)},
               {"call_s", measure::summarize(c.seconds).median}};
  return f;
}

std::vector<DoctorFinding> AaDuels::findings() const {
  std::vector<DoctorFinding> out;
  for (std::size_t i = 0; i < classes_.size(); ++i)
    if (classes_[i].duels > 0) out.push_back(of_class(i));

  const auto rate = [&](const char* what, std::size_t hits, std::size_t trials, const char* expected) {
    const auto alarms = measure::clopper_pearson(hits, trials);
    DoctorFinding f = proportion_finding(what, alarms, expected);
    if (trials == 0) {
      f.outcome = CheckOutcome::not_possible;
      f.mend = "no duel was decided: give the section more time";
    } else if (alarms.lower > false_alarm_rate) {
      f.outcome = CheckOutcome::failed;
      f.mend = std::string("duels see differences where there are none: ") + kCalm;
    }
    return f;
  };
  out.push_back(rate("false alarms of a kernel against itself", alarms_, claims_,
                     "5 % per duel: the interval does not begin above it"));
  // Blocks of one pair of processes share its luck, so these differ more often than 5 %; promotions ask for more than
  // a difference.
  out.push_back(rate("kernels that would be promoted over themselves", promoting_, decided_,
                     "5 % per duel: the interval does not begin above it"));
  out.back().numbers["differing"] = double(differing_);

  std::size_t above = 0, signs = 0;
  for (const Class& c : classes_)
    for (const auto& pair : c.pairs) {
      const double centre = measure::hodges_lehmann(pair);
      above += centre > 0;
      signs += centre != 0;
    }
  if (signs > 0) {
    const auto favoured = measure::clopper_pearson(above, signs, sure);
    DoctorFinding f = proportion_finding("pairs of processes in which the second side was faster", favoured,
                                         "half of them: it lies in the interval (99.9 %)");
    if (favoured.lower > 0.5 || favoured.upper < 0.5) {
      f.outcome = CheckOutcome::failed;
      f.mend = "one side of a duel is favoured: this is a fault of Ridgeline's on this machine, please report it";
    }
    out.push_back(std::move(f));
  }

  if (duels() > 0) {
    const auto voided = measure::clopper_pearson(voided_, duels());
    DoctorFinding f = proportion_finding("duels that unrest voided", voided, "at most 20 %");
    if (voided.lower > most_voided) {
      f.outcome = CheckOutcome::failed;
      f.mend = kCalm;
    }
    out.push_back(std::move(f));
  }
  return out;
}

DoctorFinding bystanders_finding(double cores) {
  DoctorFinding f;
  f.what = "others at work meanwhile";
  f.measured = fmt::format("{:.2f} cores", cores);
  f.expected = fmt::format("at most {:.2f}", most_bystanders);
  f.numbers = {{"cores", cores}};
  if (cores > most_bystanders) {
    f.outcome = CheckOutcome::failed;
    f.mend = "what was measured is their noise: see with top who they are, and run the doctor again without them";
  }
  return f;
}

Result<void> examine_noise(Examination& e) {
  RIDGE_TRY(Arena* const arena, e.arena());
  const Bystanders others;
  AaDuels all;
  const std::size_t rounds = e.settings.full ? full_rounds : quick_rounds;
  const std::size_t planned = 2 * rounds * arena->workloads().size();
  for (std::size_t round = 0; round < rounds && !e.over(); ++round)
    for (const std::string& workload : arena->workloads()) {
      if (e.over() && all.duels() > 0) break;
      e.say(fmt::format("a kernel against itself, duel {} of {}", all.duels() + 1, planned));
      RIDGE_TRY(const DuelRecord duel, arena->duel({.workload = workload, .looks = {calibrating_blocks}}));
      all.add(duel, usual_blocks_per_process);
      if (e.over()) break;
      RIDGE_TRY(const DuelRecord claim, arena->duel({.workload = workload, .blocks_per_process = 1}));
      all.add_claim_form(claim);
    }
  if (const auto cores = others.cores(); cores && !e.device.capabilities().simulated) e.add(bystanders_finding(*cores));
  e.noise = all.table();
  e.noise_is_new = true;
  for (DoctorFinding& f : all.findings()) e.add(std::move(f));
  return {};
}

}  // namespace ridge
