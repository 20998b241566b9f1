// The evaluator's own promises; hostile candidates have a file of their own.
#include <nlohmann/json.hpp>

#include "workshop.h"

namespace ridge {
namespace {

using testing::HasSubstr;
using workshop::axpy;
using workshop::Bench;

Candidate candidate(const std::string& source) {
  auto c = workshop::candidate_from(Bench::shared().task(), source);
  RIDGE_CHECK(c, c ? "" : c.error().message);
  return *c;
}

TEST(Evaluator, AnHonestCandidateIsRightTimedAndScored) {
  const Evaluation e = Bench::shared().judge(workshop::honest());
  ASSERT_EQ(workshop::outcome(e), "ok") << workshop::said(e);
  ASSERT_EQ(e.workloads.size(), 2u);
  for (const WorkloadResult& w : e.workloads) {
    EXPECT_GE(w.draws, 3) << w.name;
    ASSERT_TRUE(w.timing) << w.name;
    EXPECT_GT(w.timing->median, 0) << w.name;
    EXPECT_LE(w.worst_error, w.tolerance) << w.name;
    EXPECT_TRUE(w.roofline) << w.name;
  }
  ASSERT_TRUE(e.score);
  EXPECT_GT(e.score->value, 0);
  EXPECT_EQ(e.device, "cpu");
}

TEST(Evaluator, StagingAndVerificationAreCostsOfTheCheck) {
  const Evaluation e = Bench::shared().judge(workshop::honest());
  EXPECT_GT(e.cost.draw_check_s, 0);
  EXPECT_GE(e.cost.own_s, 0);
  EXPECT_GT(e.cost.kernel_s, 0);
}

TEST(Evaluator, EqualBinariesWithEqualPlansAreJudgedOnce) {
  Evaluator& evaluator = Bench::shared().evaluator();
  const Candidate first = candidate(axpy("HONEST z[0] += 0.0f;  // first")),
                  second = candidate(axpy("HONEST z[0] += 0.0f;  // second"));
  ASSERT_NE(first.id, second.id);
  evaluator.submit(ScreenJob{first, std::nullopt});
  evaluator.submit(ScreenJob{second, std::nullopt});
  auto done = evaluator.poll();
  ASSERT_TRUE(done) << done.error().message;
  ASSERT_EQ(done->size(), 2u);
  const auto& a = std::get<Evaluation>((*done)[0].result);
  const auto& b = std::get<Evaluation>((*done)[1].result);
  EXPECT_EQ(workshop::outcome(a), "ok") << workshop::said(a);
  EXPECT_EQ(workshop::outcome(b), "rejected duplicate");
  EXPECT_EQ(b.duplicate_of, first.id);
  ASSERT_TRUE(b.score);
  EXPECT_EQ(b.score->value, a.score->value);
}

// Variants of one source are compiled together; a broken, a crashing and a wrong one harm nobody but themselves.
TEST(Evaluator, AWaitingBatchIsBuiltTogetherAndJudgedOneByOne) {
  const std::string source = axpy(R"(#if VV == 1
  broken
#elif VV == 2
  *(volatile int*)0 = 1;
#elif VV == 3
  HONEST z[0] = 17;
#else
  HONEST for (int i = 0; i <= VV; ++i) asm_free_work(i);
#endif)",
                                  "static volatile int sink;\nstatic inline void asm_free_work(int i) { sink = i; }\n",
                                  "[tune]\nVV = [0, 1, 2, 3, 4, 5]\n");
  Evaluator& evaluator = Bench::shared().evaluator();
  std::map<JobId, int> jobs;
  const auto plan = std::make_shared<const Plan>(*plan_from_source(source, "it.cpp"));
  const auto text = std::make_shared<const std::string>(source);
  for (int v = 0; v < 6; ++v) {
    Draft draft;
    draft.source = text;
    draft.plan = plan;
    draft.file = "it.cpp";
    draft.parameters = {{"VV", std::int64_t(v)}};
    draft.op = "test";
    jobs[evaluator.submit(ScreenJob{seal(Bench::shared().task(), std::move(draft)), std::nullopt})] = v;
  }
  auto done = evaluator.poll();
  ASSERT_TRUE(done) << done.error().message;
  ASSERT_EQ(done->size(), 6u);
  const char* expected[] = {"ok", "compile_failed compiler_error", "crashed signal", "wrong_result", "ok", "ok"};
  for (const Completion& c : *done) {
    const auto& e = std::get<Evaluation>(c.result);
    const int v = jobs.at(c.job);
    EXPECT_THAT(workshop::outcome(e), testing::StartsWith(expected[v])) << v << workshop::said(e);
    if (v == 1) {
      EXPECT_THAT(workshop::said(e), testing::AllOf(HasSubstr("it.cpp:"), HasSubstr("broken")));
    } else {
      EXPECT_GT(e.compile.unit, 1) << v;
    }
  }
}

TEST(Evaluator, JobsOfAllKindsAreAnsweredUnderTheirNumbers) {
  Evaluator& evaluator = Bench::shared().evaluator();
  const JobId bad = evaluator.submit(ScreenJob{candidate(axpy("nonsense")), std::nullopt});
  const JobId wrong = evaluator.submit(ScreenJob{candidate(axpy("z[0] = 0;")), std::nullopt});
  const JobId dropped = evaluator.submit(ScreenJob{candidate(workshop::honest()), std::nullopt});
  EXPECT_TRUE(evaluator.cancel(dropped));
  EXPECT_FALSE(evaluator.cancel(dropped));
  std::map<JobId, std::string> outcomes;
  for (;;) {
    auto done = evaluator.poll();
    ASSERT_TRUE(done) << done.error().message;
    if (done->empty()) break;
    for (const Completion& c : *done) outcomes[c.job] = workshop::outcome(std::get<Evaluation>(c.result));
  }
  EXPECT_EQ(outcomes,
            (std::map<JobId, std::string>{{bad, "compile_failed compiler_error"}, {wrong, "wrong_result unwritten"}}));
}

TEST(Evaluator, ADuelNamesTheFasterAndFailsForTheWrong) {
  Evaluator& evaluator = Bench::shared().evaluator();
  const Candidate fast = candidate(workshop::honest());
  // Slower by far more than a busy machine's scheduler adds to a call.
  const Candidate slow =
      candidate(axpy("for (int k = 0; k < 2000; ++k) { HONEST asm volatile(\"\" ::: \"memory\"); }"));
  const auto duel = [&](const Candidate& a, const Candidate& b) {
    DuelJob job;
    job.incumbent = a;
    job.candidate = b;
    job.time_limit_s = 20;
    evaluator.submit(job);
    auto done = evaluator.poll();
    RIDGE_CHECK(done && done->size() == 1, done ? "one completion" : done.error().message);
    return std::get<DuelRecord>((*done)[0].result);
  };
  const DuelRecord record = duel(slow, fast);
  EXPECT_EQ(record.outcome, DuelOutcome::faster) << name(record.outcome) << " " << to_json(record).dump();
  EXPECT_GT(record.ratio.lower, 1.0);
  EXPECT_GE(record.processes, 2);

  const DuelRecord failed = duel(fast, candidate(axpy("__builtin_trap();")));
  EXPECT_EQ(failed.outcome, DuelOutcome::failed);
  EXPECT_FALSE(failed.fault_is_incumbent);
  ASSERT_TRUE(failed.fault);
  EXPECT_EQ(failed.fault->reason, Reason::signal);
}

TEST(Evaluator, OtherWorkloadsAreJudgedWhenTheyAreNamed) {
  Evaluator& evaluator = Bench::shared().evaluator();
  const auto unknown = evaluator.evaluate(candidate(workshop::honest()), {"4097"});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, Error::Kind::usage);
  EXPECT_THAT(unknown.error().message, HasSubstr("4097"));
}

TEST(Evaluator, ATaskWhoseSeedFailsIsAnErrorThatSaysWhy) {
  const auto folder = workshop::Folder::make(workshop::manifest, workshop::reference, axpy("z[0] = 0;"));
  const auto evaluator = workshop::evaluator_for(folder.task);
  ASSERT_FALSE(evaluator);
  EXPECT_EQ(evaluator.error().kind, Error::Kind::invalid);
  EXPECT_THAT(evaluator.error().message, HasSubstr("the task's own seed is not accepted: wrong_result"));
}

TEST(Evaluator, AReferenceThatCrashesIsAnErrorAndNotAVerdict) {
  std::string reference = workshop::reference;
  reference.replace(reference.find("auto z ="), 0, "__builtin_trap();");
  const auto folder = workshop::Folder::make(workshop::manifest, reference);
  const auto evaluator = workshop::evaluator_for(folder.task);
  ASSERT_FALSE(evaluator);
  EXPECT_THAT(evaluator.error().message, HasSubstr("reference.cpp"));
}

// What a table's rows use is there for the catalog's own smallest task as well.
TEST(Evaluator, TheSmallestTaskOfTheCatalogCatchesAHardCodedScalar) {
  const auto catalog = Catalog::open(RIDGELINE_TEST_ROOT "/tasks");
  ASSERT_TRUE(catalog) << catalog.error().message;
  auto task = catalog->find("metal-sci/saxpy");
  ASSERT_TRUE(task) << task.error().message;
  std::erase_if(task->workloads, [](const Workload& w) { return w.name != "1M"; });  // small is enough here
  for (auto& [symbol, choice] : task->held_out.choices)
    if (symbol == "n") choice.to = Number(200000);
  const auto shared = std::make_shared<const Task>(std::move(*task));
  auto evaluator = workshop::evaluator_for(shared);
  ASSERT_TRUE(evaluator) << evaluator.error().message;
  for (const TaskSource& mutant : shared->mutants) {
    if (mutant.dialect != Dialect::cpp || mutant.file.find("hardcoded_a") == std::string::npos) continue;
    const auto c = workshop::candidate_from(*shared, mutant.text, mutant.file);
    ASSERT_TRUE(c);
    const auto e = (*evaluator)->evaluate(*c);
    ASSERT_TRUE(e) << e.error().message;
    EXPECT_EQ(workshop::outcome(*e), "wrong_result ignored_scalar") << workshop::said(*e);
  }
}

}  // namespace
}  // namespace ridge
