#include "doctor/null_searches.h"

#include "doctor/internal/examination.h"
#include "doctor/internal/words.h"
#include "measure/proportion.h"
#include "session/session.h"
#include "simulate/zeros.h"

namespace ridge {
namespace {

constexpr std::size_t quick_simulated = 60, full_simulated = 300, quick_real = 1, full_real = 20;
constexpr double most_false_share = 0.01;
constexpr double real_search_s = 9;
constexpr std::int64_t real_evaluations = 24;

constexpr const char* kMend = "a search claims what noise made: this is a fault of Ridgeline's, please report it";

class DuelCount : public Listener {
 public:
  void on_event(const Event& event) override { duels += std::holds_alternative<DuelRecord>(event.body); }
  std::size_t duels = 0;
};

struct RealNull {
  bool claimed = false;
  std::size_t duels = 0;
};

// A short search on this device; short kernels, so that many candidates are judged and many luckiest ones duel.
Result<RealNull> real_null_search(Examination& e, std::uint64_t seed) {
  RIDGE_TRY(const auto task, doctor_task({"10us", "60us"}, e.device.capabilities().plan.dialect));
  EvaluatorSettings rules;
  rules.deduplicate = false;
  rules.noise = e.noise;
  RIDGE_TRY(const auto evaluator, doctor_evaluator(task, e.device, rules));
  simulated::RenamePolicy policy;
  MemoryArchive archive;
  DuelCount count;
  const MapScope facts(e.device.capabilities().facts);
  Parts parts;
  parts.task = task;
  parts.judge = evaluator.get();
  parts.archive = &archive;
  parts.policy = &policy;
  parts.clock = &e.device.clock();
  parts.device = &facts;
  parts.dialect = e.device.capabilities().plan.dialect;
  parts.listeners = {&count};
  RunSpec spec;
  spec.task = task->id;
  spec.seed = seed;
  spec.budget = {real_search_s, real_evaluations};
  RIDGE_TRY(const Summary summary, Session(spec, std::move(parts)).run(e.stop()));
  return RealNull{summary.certified.has_value(), count.duels};
}

DoctorFinding nulls(std::string what, std::size_t claims, std::size_t searches, std::size_t duels,
                    std::string expected) {
  DoctorFinding f =
      proportion_finding(std::move(what), measure::clopper_pearson(claims, searches), std::move(expected));
  f.numbers["duels"] = double(duels);
  if (searches == 0) {
    f.outcome = CheckOutcome::not_possible;
    f.mend = "no search was run: give the section more time";
  }
  return f;
}

}  // namespace

DoctorFinding simulated_nulls_finding(std::size_t claims, std::size_t searches, std::size_t duels) {
  const bool enough = searches >= full_simulated;
  DoctorFinding f = nulls("simulated searches without a gain that claimed one", claims, searches, duels,
                          enough ? "at most 3 of 300" : "1 %: the interval does not begin above it");
  const auto p = measure::clopper_pearson(claims, searches);
  if (enough ? double(claims) > most_false_share * double(searches) : p.lower > most_false_share) {
    f.outcome = CheckOutcome::failed;
    f.mend = kMend;
  }
  return f;
}

DoctorFinding real_nulls_finding(std::size_t claims, std::size_t searches, std::size_t duels) {
  DoctorFinding f = nulls("searches on this device without a gain that claimed one", claims, searches, duels, "none");
  if (claims > 0) {
    f.outcome = CheckOutcome::failed;
    f.mend = kMend;
  }
  return f;
}

Result<void> examine_null_searches(Examination& e) {
  std::size_t claims = 0, done = 0, duels = 0;
  const std::size_t simulations = e.settings.full ? full_simulated : quick_simulated;
  for (; done < simulations && !e.stopped(); ++done) {
    e.say(fmt::format("searches without a gain, simulated, {} of {}", done + 1, simulations));
    RIDGE_TRY(const auto search, simulated::null_search(e.settings.seed + done, simulated::restless()));
    claims += search.claimed;
    duels += search.duels;
  }
  e.add(simulated_nulls_finding(claims, done, duels));
  if (e.device.capabilities().simulated) return {};
  claims = done = duels = 0;
  const std::size_t searches = e.settings.full ? full_real : quick_real;
  while (done < searches && !e.over()) {
    e.say(fmt::format("searches without a gain on this device, {} of {}", done + 1, searches));
    RIDGE_TRY(const RealNull search, real_null_search(e, e.settings.seed + done));
    if (e.stopped()) break;  // one that was cut short has claimed nothing for that reason
    ++done;
    claims += search.claimed;
    duels += search.duels;
  }
  e.add(real_nulls_finding(claims, done, duels));
  return {};
}

}  // namespace ridge
