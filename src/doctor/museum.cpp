#include "doctor/museum.h"

#include <algorithm>

#include "base/random.h"
#include "base/text.h"
#include "doctor/internal/examination.h"

namespace ridge {
namespace {

// An honest kernel that is refused once in twenty is a fault of ours that a user would meet; a hostile program has
// mechanisms against it that either hold or do not.
constexpr std::size_t quick_rounds_of_museum = 1, full_rounds_of_good = 20, full_rounds_of_hostile = 5;
constexpr std::size_t most_named = 5;

}  // namespace

void MuseumTally::add(Visits& to, const MuseumOutcome& o) {
  Visit& v = to[o.id];
  if (!o.skipped.empty()) {
    v.skipped = o.skipped;
    return;
  }
  ++v.runs;
  v.stopped += o.stage != MuseumStage::passed;
  v.as_expected += o.as_expected;
  if (!o.as_expected) v.surprise = fmt::format("{} at {}: {}", outcome_text(o), name(o.stage), o.text);
}

DoctorFinding MuseumTally::judged(std::string what, const Visits& visits, std::size_t all, bool hostile) {
  std::size_t tried = 0, right = 0, expected = 0, runs = 0, skipped = 0;
  std::vector<std::string> surprises;
  for (const auto& [id, v] : visits) {
    skipped += !v.skipped.empty();
    if (v.runs == 0) continue;
    ++tried;
    runs += v.runs;
    right += hostile ? v.stopped == v.runs : v.stopped == 0;
    expected += v.as_expected == v.runs;
    if (v.as_expected < v.runs && surprises.size() < most_named)
      surprises.push_back(fmt::format("{}: {}", id, v.surprise));
  }
  DoctorFinding f;
  f.what = std::move(what);
  f.measured = fmt::format("{} of {} {}", right, tried, hostile ? "rejected" : "accepted");
  if (hostile) f.measured += fmt::format(", {} for the reason foreseen", expected);
  if (runs != tried) f.measured += fmt::format(", in {} runs", runs);
  if (tried + skipped < all) f.measured += fmt::format("; {} were not reached", all - tried - skipped);
  if (skipped > 0) f.measured += fmt::format("; {} need what this machine has not", skipped);
  f.expected = hostile ? "all, for the reason foreseen" : "all";
  f.numbers = {{"hits", double(right)}, {"trials", double(tried)},    {"as_foreseen", double(expected)},
               {"runs", double(runs)},  {"skipped", double(skipped)}, {"known", double(all)}};
  if (tried == 0) {
    f.outcome = CheckOutcome::not_possible;
    f.mend = "none was run: give the section more time";
  } else if (expected < tried) {
    f.outcome = CheckOutcome::failed;
    f.mend = (hostile ? "do not run strangers' kernels here, and report: " : "please report: ") + join(surprises, "; ");
  }
  return f;
}

std::vector<DoctorFinding> MuseumTally::findings(std::size_t programs, std::size_t kernels) const {
  std::vector<DoctorFinding> out = {judged(std::string(doctor::hostile), programs_, programs, true),
                                    judged(std::string(doctor::honest), kernels_, kernels, false)};
  if (!broken_.empty()) {
    DoctorFinding f;
    f.what = "programs and kernels that could not be run";
    f.measured = fmt::format("{}", broken_.size());
    f.expected = "none";
    f.outcome = CheckOutcome::failed;
    f.mend = join(std::span(broken_).first(std::min(broken_.size(), most_named)), "; ");
    out.push_back(std::move(f));
  }
  return out;
}

Result<void> examine_museum(Examination& e) {
  if (e.device.capabilities().simulated) {
    DoctorFinding none;
    none.what = std::string(doctor::hostile);
    none.measured = "a simulated device runs no programs";
    none.outcome = CheckOutcome::not_possible;
    e.add(std::move(none));
    return {};
  }
  RIDGE_TRY(Museum museum, find_museum());
  MuseumRunner runner(std::move(museum), e.device);
  // Nobody knows which come first, where there is no time for all.
  Rng order(Secret::from_entropy().seed("doctor's museum", 0));
  struct Exhibit {
    const MuseumProgram* program = nullptr;
    const GoodKernel* kernel = nullptr;
  };
  const Dialect dialect = e.device.capabilities().plan.dialect;
  std::vector<Exhibit> programs, kernels;
  for (const MuseumProgram& p : runner.museum().programs)
    if (p.dialect == dialect) programs.push_back({&p, nullptr});
  for (const GoodKernel& k : runner.museum().good)
    if (k.dialect == dialect) kernels.push_back({nullptr, &k});
  MuseumTally tally;
  const auto rounds_of = [&](std::size_t full) { return e.settings.full ? full : quick_rounds_of_museum; };
  const std::size_t hostile = rounds_of(full_rounds_of_hostile), good = rounds_of(full_rounds_of_good);
  const std::size_t all = hostile * programs.size() + good * kernels.size();
  std::size_t done = 0;
  for (std::size_t round = 0; round < std::max(hostile, good) && !e.over(); ++round) {
    std::vector<Exhibit> exhibits;
    if (round < hostile) exhibits.insert(exhibits.end(), programs.begin(), programs.end());
    if (round < good) exhibits.insert(exhibits.end(), kernels.begin(), kernels.end());
    order.shuffle(exhibits);
    for (std::size_t i = 0; i < exhibits.size() && !e.over(); ++i) {
      const Exhibit& x = exhibits[i];
      const std::string& id = x.program ? x.program->id : x.kernel->id;
      e.say(fmt::format("hostile programs and honest kernels, {} of {}: {}", ++done, all, id));
      const auto outcome = x.program ? runner.run(*x.program) : runner.run(*x.kernel);
      if (!outcome)
        tally.add_broken(id, outcome.error().message);
      else if (x.program)
        tally.add_program(*outcome);
      else
        tally.add_kernel(*outcome);
    }
  }
  for (DoctorFinding& f : tally.findings(programs.size(), kernels.size())) e.add(std::move(f));
  return {};
}

}  // namespace ridge
