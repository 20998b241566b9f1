// Whole searches on the null device: what they find, what ends them, and what happens to candidates that fail late.
#include <cmath>
#include <set>

#include <gmock/gmock.h>

#include "session/internal/state.h"
#include "support/simulated.h"

namespace ridge {
namespace {

using simulated::Options;
using simulated::Search;
using testing::AnyOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// 64 points; the best, AA = 3, BB = 1, CC = 2, takes 1 ms, and every step away from it 12 % more. The seed takes 2 ms.
constexpr const char* kSpace = "AA = [0, 1, 2, 3]\nBB = [0, 1, 2, 3]\nCC = [0, 1, 2, 3]";
double hill(const CompileJob& job) {
  if (job.macros.empty()) return 2e-3;
  const auto away = [&](const char* name, double best) { return std::abs(simulated::macro(job, name) - best); };
  return 1e-3 * std::pow(1.12, away("AA", 3) + away("BB", 1) + away("CC", 2));
}
bool is_best(const Candidate& c) {
  return simulated::value(c, "AA") == 3 && simulated::value(c, "BB") == 1 && simulated::value(c, "CC") == 2;
}
// Two levels: AA = 1 is the fastest, AA = 2 the next, the others as slow as the seed.
constexpr const char* kTwo = "AA = [0, 1, 2, 3, 4, 5, 6, 7]";
double two_levels(const CompileJob& job) {
  const double a = simulated::macro(job, "AA");
  return a == 1 ? 1e-3 : a == 2 ? 1.4e-3 : 2e-3;
}
Options two(std::uint64_t seed = 1) {
  return {.seed = seed, .tune = kTwo, .seconds = two_levels};
}
double a_of(const Search& search, const CandidateId& id) {
  return simulated::value(search.archive.find(id)->candidate, "AA");
}

TEST(Rounds, GrowToWhatTheirTimeHoldsAndNoFaster) {
  Parts parts;
  parts.slots = 8;
  parts.most_slots = 64;
  EXPECT_EQ(next_slots(parts, 0, 2, 0.1), 20u);
  EXPECT_EQ(next_slots(parts, 8, 8, 0.1), 32u) << "four times as many at most";
  EXPECT_EQ(next_slots(parts, 32, 32, 0.1), 64u) << "and never more than the session allows";
  parts.round_s = 2;
  EXPECT_EQ(next_slots(parts, 0, 2, 0.2), 20u);
  parts.round_s = 1;
  EXPECT_EQ(next_slots(parts, 64, 64, 8), 8u) << "slow ones are not chosen blindly";
  EXPECT_EQ(next_slots(parts, 64, 8, 100), 8u);
  EXPECT_EQ(next_slots(parts, 20, 0, 0), 20u) << "a round without anyone says nothing";
  parts.most_slots = 0;
  EXPECT_EQ(next_slots(parts, 8, 8, 0.001), 8u) << "without leave they stay as they are";
}

TEST(Search, FindsTheBestAndItsIntervalHoldsTheTruth) {
  int found = 0, covered = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Search search({.seed = seed, .tune = kSpace, .scored = 2, .seconds = hill, .policy = "one-plus-one"});
    const Summary summary = search.run();
    EXPECT_EQ(summary.stopped_by, "exhausted");
    EXPECT_EQ(summary.evaluations, 1 + 64);
    ASSERT_TRUE(summary.certified) << summary.why_not;
    found += is_best(search.archive.find(summary.certified->candidate)->candidate);
    covered += summary.certified->speedup.lower <= 2 && summary.certified->speedup.upper >= 2;
    EXPECT_NEAR(summary.certified->speedup.estimate, 2, 0.05);
    EXPECT_THAT(summary.certified->workloads, SizeIs(2));
    EXPECT_NEAR(summary.certified->workloads[0].seed_seconds / summary.certified->workloads[0].best_seconds, 2, 0.05);
    EXPECT_THAT(summary.certified->hidden, SizeIs(2));
    EXPECT_EQ(summary.certified->gate_attempts, 1);
  }
  RecordProperty("found", found);
  RecordProperty("covered", covered);
  EXPECT_EQ(found, 30);
  EXPECT_GE(covered, 27);
}

TEST(Search, TheTimeBudgetEndsIt) {
  Search endless({.policy = "rename", .deduplicate = false, .wall_s = 20});
  const Summary summary = endless.run();
  EXPECT_EQ(summary.stopped_by, "time");
  EXPECT_GE(summary.cost.wall_s, 0.8 * 20);
  EXPECT_LE(summary.cost.wall_s, 20);
}

// Confirmation and gate are the seed's calls, mostly: of a slow one they need more than a fifth of the budget.
TEST(Search, ASlowSeedLeavesMoreOfTheBudgetToTheEnd) {
  for (const auto& [seed_s, from, to] : {std::tuple{0.001, 79.5, 81.0}, {0.75, 64.0, 72.0}, {3.0, 50.0, 65.0}}) {
    Search search({.seconds = [seconds = seed_s](const CompileJob&) { return seconds; },
                   .policy = "rename",
                   .deduplicate = false,
                   .wall_s = 100,
                   .slots = 1});
    EXPECT_EQ(search.run().stopped_by, "time");
    double last = 0;
    for (const Event& e : search.recorder.events)
      if (std::holds_alternative<Evaluation>(e.body)) last = e.elapsed_s;
    EXPECT_GE(last, from) << seed_s;
    EXPECT_LE(last, to) << seed_s;
  }
}

TEST(Search, TheEvaluationBudgetIsMetExactly) {
  for (const std::int64_t budget : {5, 8, 19}) {
    Search search({.tune = kSpace, .evaluations = budget});
    const Summary summary = search.run();
    EXPECT_EQ(summary.stopped_by, "evaluations");
    EXPECT_EQ(summary.evaluations, budget);
    EXPECT_THAT(search.recorder.all<CandidateAdded>(), SizeIs(std::size_t(budget)));
  }
}

TEST(Search, StopsWhenItIsTold) {
  Options options = two();
  Search* running = nullptr;
  int judged = 0;
  options.change = [&](const JudgeJob&, JudgeResult&) { running->stop = running->stop || ++judged == 4; };
  Search search(options);
  running = &search;
  const Summary summary = search.run();
  EXPECT_EQ(summary.stopped_by, "interrupt");
  EXPECT_FALSE(summary.certified);
  const auto stopped = search.recorder.all<RunStopped>();
  ASSERT_THAT(stopped, SizeIs(1));
  EXPECT_EQ(stopped[0].stopped_by, "interrupt");
}

TEST(Search, FailingCandidatesDoNotStopIt) {
  const std::map<double, Fault> faults = {
      {0, {Verdict::crashed, Reason::signal, "smoke", "signal 11"}},
      {3, {Verdict::timed_out, Reason::time_limit, "smoke", "too slow"}},
      {4, {Verdict::wrong_result, Reason::mismatch, "check", "off by one"}},
  };
  Options options = two();
  options.fault = [&](const CompileJob& job) -> std::optional<Fault> {
    const auto known = faults.find(simulated::macro(job, "AA"));
    return job.macros.empty() || known == faults.end() ? std::nullopt : std::optional(known->second);
  };
  Search search(options);
  const Summary summary = search.run();
  EXPECT_EQ(summary.stopped_by, "exhausted");
  EXPECT_EQ(summary.failed,
            (std::map<std::string, std::int64_t>{{"crashed", 1}, {"timed_out", 1}, {"wrong_result", 1}}));
  ASSERT_TRUE(summary.certified) << summary.why_not;
  EXPECT_EQ(a_of(search, summary.certified->candidate), 1);
}

TEST(Search, NothingFasterIsSaidSo) {
  Search search({.tune = kTwo, .seconds = [](const CompileJob& job) { return job.macros.empty() ? 1e-3 : 2e-3; }});
  const Summary summary = search.run();
  EXPECT_FALSE(summary.certified);
  EXPECT_EQ(summary.why_not, "no candidate was faster than the seed beyond noise");
  EXPECT_THAT(search.recorder.all<Promoted>(), IsEmpty());
}

// A champion that falls leaves the run to whoever is next, promoted before or not.
void expect_the_second_wins(Search& search, const Summary& summary, const std::string& why) {
  ASSERT_TRUE(summary.certified) << summary.why_not;
  EXPECT_EQ(a_of(search, summary.certified->candidate), 2);
  const auto demoted = search.recorder.all<Demoted>();
  ASSERT_THAT(demoted, SizeIs(1));
  EXPECT_EQ(a_of(search, demoted[0].candidate), 1);
  EXPECT_THAT(demoted[0].reason, HasSubstr(why));
  EXPECT_NEAR(summary.certified->speedup.estimate, 2 / 1.4, 0.05);
}

TEST(LateFailure, AtConfirmationTheNextOneGetsItsChance) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Options options = two(seed);
    // Only the fresh build of a confirmation is wrong, as with a kernel that knows how it is built.
    options.fault = [](const CompileJob& job) -> std::optional<Fault> {
      if (!job.fresh || simulated::macro(job, "AA") != 1) return std::nullopt;
      return Fault{Verdict::wrong_result, Reason::hard_coded_size, "check", "wrong sizes"};
    };
    Search search(options);
    const Summary summary = search.run();
    expect_the_second_wins(search, summary, "failed when it was confirmed");
    const Record* fallen = search.archive.find(search.recorder.all<Demoted>().at(0).candidate);
    EXPECT_EQ(fallen->evaluation->verdict, Verdict::wrong_result);
    EXPECT_EQ(fallen->evaluation->reason, Reason::hard_coded_size);
    EXPECT_EQ(summary.failed, (std::map<std::string, std::int64_t>{{"wrong_result", 1}}));
  }
}

TEST(LateFailure, AtTheGateTheNextOneGetsItsChance) {
  Options options = two();
  options.change = [](const JudgeJob& job, JudgeResult& result) {
    const auto* g = std::get_if<GateJob>(&job);
    if (!g || simulated::value(g->candidate, "AA") != 1) return;
    auto& attempt = std::get<GateAttempt>(result);
    attempt.passed = false;
    attempt.reason = Reason::mismatch;
  };
  Search search(options);
  const Summary summary = search.run();
  expect_the_second_wins(search, summary, "hidden shapes");
  EXPECT_EQ(summary.certified->gate_attempts, 2);
}

// A seed of seconds a call: eight blocks do not fit into a tenth of 100 s, but into four of them; twice as slow they
// would not, no duel is begun, and the reader is told what a claim would take.
TEST(Search, ADuelOfSlowCallsComesToItsFirstLookWhereItCan) {
  const auto with_seed_of = [](double seconds) {
    return Options{.tune = kSpace,
                   .seconds = [seconds](const CompileJob& job) { return job.macros.empty() ? seconds : 0.01; },
                   .wall_s = 100};
  };
  Search slow(with_seed_of(1.8));
  slow.run();
  const auto duels = slow.recorder.all<DuelRecord>();
  ASSERT_FALSE(duels.empty());
  EXPECT_THAT(duels.front().visits, SizeIs(8));
  EXPECT_EQ(duels.front().looks, 1);

  Search slower(with_seed_of(4));
  const Summary summary = slower.run();
  EXPECT_THAT(slower.recorder.all<DuelRecord>(), IsEmpty());
  EXPECT_FALSE(summary.certified);
  EXPECT_THAT(summary.why_not, testing::AllOf(HasSubstr("takes 64 s of the seed's own calls"),
                                              HasSubstr("too much for this budget: give it 16")));
}

TEST(LateFailure, ASpeedUpThatDoesNotComeBackIsNotClaimed) {
  Options options = two();
  options.change = [](const JudgeJob&, JudgeResult& result) {
    if (auto* c = std::get_if<Confirmation>(&result)) c->claimed = false;
  };
  Search search(options);
  const Summary summary = search.run();
  EXPECT_FALSE(summary.certified);
  EXPECT_THAT(summary.why_not, HasSubstr("not beyond the margin"));
  EXPECT_THAT(search.recorder.all<GateAttempt>(), IsEmpty());
  // Each was confirmed once: asking again until noise says yes would be no test.
  std::multiset<CandidateId> asked;
  for (const Confirmation& c : search.recorder.all<Confirmation>()) asked.insert(c.candidate);
  for (const CandidateId& id : asked) EXPECT_EQ(asked.count(id), 1u);
  EXPECT_EQ(search.archive.champion(), nullptr);
}

TEST(LateFailure, ThreeAttemptsAtTheGateAreAll) {
  // Not every search promotes three; none may come to the gate a fourth time.
  int reached = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    Search search({.seed = seed,
                   .tune = kSpace,
                   .seconds = hill,
                   .policy = "one-plus-one",
                   .change = [](const JudgeJob&, JudgeResult& result) {
                     if (auto* g = std::get_if<GateAttempt>(&result)) g->passed = false, g->reason = Reason::mismatch;
                   }});
    const Summary summary = search.run();
    EXPECT_FALSE(summary.certified);
    const auto attempts = search.recorder.all<GateAttempt>();
    ASSERT_LE(attempts.size(), 3u);
    if (attempts.size() < 3) continue;
    ++reached;
    EXPECT_EQ(summary.why_not, "all three attempts at the gate were used");
    EXPECT_NE(attempts[0].candidate, attempts[1].candidate);
    EXPECT_NE(attempts[1].candidate, attempts[2].candidate);
    EXPECT_EQ(attempts[2].attempt, 3);

    // Going on does not give a fourth.
    Search again({.seed = seed, .tune = kSpace, .seconds = hill, .policy = "one-plus-one"}, search);
    EXPECT_FALSE(again.run().certified);
    EXPECT_THAT(again.recorder.all<GateAttempt>(), SizeIs(3));
    break;
  }
  EXPECT_EQ(reached, 1);
}

TEST(LateFailure, AChampionThatFailsInADuelStandsInNobodysWay) {
  Options options = two();
  options.change = [](const JudgeJob& job, JudgeResult& result) {
    const auto* d = std::get_if<DuelJob>(&job);
    if (!d) return;
    auto& record = std::get<DuelRecord>(result);
    const bool incumbent = simulated::value(d->incumbent, "AA") == 2;
    if (!incumbent) return;
    record.outcome = DuelOutcome::failed;
    record.fault = Fault{Verdict::crashed, Reason::signal, "duel", "signal 11"};
    record.fault_is_incumbent = true;
  };
  int fell = 0;
  options.wall_s = 4;  // duels begin early, and not only with the race at the end
  options.slots = 1;   // so that some meet the second best first
  for (options.seed = 1; options.seed <= 10; ++options.seed) {
    Search search(options);
    const Summary summary = search.run();
    ASSERT_TRUE(summary.certified) << summary.why_not;
    EXPECT_EQ(a_of(search, summary.certified->candidate), 1);
    for (const Demoted& d : search.recorder.all<Demoted>()) {
      ++fell;
      EXPECT_EQ(a_of(search, d.candidate), 2);
    }
  }
  EXPECT_GE(fell, 1) << "no order of events put AA = 2 first";
}

TEST(LateFailure, AVoidedDuelIsFoughtAgainLater) {
  Options options = two();
  options.wall_s = 4;
  options.slots = 1;
  int voided = 0;
  // The first two duels meet a restless machine.
  options.change = [&](const JudgeJob&, JudgeResult& result) {
    auto* d = std::get_if<DuelRecord>(&result);
    if (!d || voided == 2) return;
    ++voided;
    d->outcome = DuelOutcome::voided;
  };
  Search search(options);
  const Summary summary = search.run();
  EXPECT_EQ(voided, 2);
  ASSERT_TRUE(summary.certified) << summary.why_not;
  EXPECT_EQ(a_of(search, summary.certified->candidate), 1);

  // A machine that never rests ends the run all the same.
  options.change = [](const JudgeJob&, JudgeResult& result) {
    if (auto* d = std::get_if<DuelRecord>(&result)) d->outcome = DuelOutcome::voided;
  };
  Search restless(options);
  EXPECT_EQ(restless.run().stopped_by, "exhausted");
}

TEST(LateFailure, TheWorldsErrorsEndTheRun) {
  Options options = two();
  options.change = [](const JudgeJob&, JudgeResult& result) {
    std::vector<DuelRecord*> duels;
    if (auto* d = std::get_if<DuelRecord>(&result)) duels.push_back(d);
    if (auto* race = std::get_if<Race>(&result))
      for (DuelRecord& d : race->duels) duels.push_back(&d);
    for (DuelRecord* d : duels) {
      d->outcome = DuelOutcome::failed;
      d->fault = Fault{Verdict::crashed, Reason::signal, "duel", "signal 11"};
      d->fault_is_incumbent = true;
    }
  };
  Search search(options);
  const auto summary = search.try_run();
  ASSERT_FALSE(summary);
  EXPECT_THAT(summary.error().message, HasSubstr("the task's own seed failed in a duel: signal 11"));
}

TEST(Search, ReportsItsProgress) {
  Search search(two());
  search.run();
  EXPECT_FALSE(search.last_progress.best_is_screened);
  EXPECT_NEAR(search.last_progress.best.estimate, 2, 0.1);
  EXPECT_EQ(search.last_progress.parameters, "AA=1");
  EXPECT_EQ(search.last_progress.evaluations, 9);
}

}  // namespace
}  // namespace ridge
