#include "report/run_data.h"

#include <gmock/gmock.h>

#include "base/subprocess.h"
#include "made_up_run.h"
#include "store/store.h"

namespace ridge {
namespace {

TEST(RunGatherer, SumsUpARun) {
  const RunData run = made_up::run({});
  EXPECT_TRUE(run.finished);
  EXPECT_EQ(run.summary.task, "metal-sci/nbody");
  EXPECT_EQ(run.policy_settings.at("restart"), "40");
  EXPECT_EQ(run.budget_wall_s, 60);
  ASSERT_TRUE(run.seed && run.winner && run.winner_evaluation && run.confirmation);
  EXPECT_EQ(run.winner->id, run.summary.certified->candidate);
  EXPECT_EQ(run.lineage.front().candidate.op, "seed");
  EXPECT_EQ(run.lineage.back().candidate.id, run.winner->id);
  EXPECT_EQ(run.gate.size(), 1u);
  std::int64_t failed = 0, judged = 0;
  for (const auto& f : run.failures) failed += f.count;
  for (const auto& o : run.operators) judged += o.judged;
  EXPECT_EQ(failed + run.ok, 300);
  EXPECT_EQ(judged, 300);
  EXPECT_THAT(run.environment,
              testing::Contains(std::pair<std::string, std::string>("ceilings.flops_f32", "148 GFLOP/s")));
  ASSERT_EQ(run.ceilings.bandwidth.size(), 3u);
  EXPECT_EQ(run.ceilings.bandwidth[1].level, "L2");
  EXPECT_EQ(run.ceilings.bandwidth[1].bytes_per_s, 91e9);
  ASSERT_EQ(run.work.size(), 3u);
  EXPECT_EQ(run.work[0].flops, 20.0 * 256 * 256 * 10);
  EXPECT_THAT(run.identities, testing::Contains(testing::Pair("candidate", run.winner->id)));
  EXPECT_THAT(run.identities, testing::Contains(testing::Pair("task (SHA-256)", std::string(64, 'a'))));
  EXPECT_TRUE(run.lineage.back().champion);
  EXPECT_GT(run.lineage.front().children, 0);
  EXPECT_FALSE(run.effects.parameters.empty());
  for (const ParameterEffect& p : run.effects.parameters) EXPECT_NE(p.name, "RSQRT");  // it never varied
}

TEST(RunGatherer, ARunThatHasNotEndedClaimsNothingAndCountsItsEvents) {
  made_up::Settings settings;
  settings.finished = false;
  const RunData run = made_up::run(settings);
  EXPECT_FALSE(run.finished);
  EXPECT_FALSE(run.summary.certified);
  EXPECT_EQ(run.summary.evaluations, 300);
  EXPECT_FALSE(run.summary.why_not.empty());
  ASSERT_TRUE(run.winner);  // the champion
  EXPECT_EQ(run.winner->id, run.promotions.back().candidate);
}

TEST(RunGatherer, GoingOnTakesTheOldEndBack) {
  auto events = made_up::events({});
  events.push_back({0, "", 60, RunResumed{""}});
  RunGatherer gatherer;
  for (const Event& e : events) gatherer.add(e);
  const RunData run = gatherer.finish();
  EXPECT_FALSE(run.finished);
  EXPECT_FALSE(run.summary.certified);
  EXPECT_EQ(run.resumed, 1);
}

TEST(RunGatherer, ADemotedChampionIsNotTheWinner) {
  made_up::Settings settings;
  settings.finished = settings.certified = false;
  auto events = made_up::events(settings);
  RunGatherer first;
  for (const Event& e : events) first.add(e);
  const auto promotions = first.finish().promotions;
  events.push_back({0, "", 60, Demoted{promotions.back().candidate, "wrong on a fresh draw"}});
  RunGatherer second;
  for (const Event& e : events) second.add(e);
  const RunData run = second.finish();
  EXPECT_TRUE(run.promotions.back().demoted);
  EXPECT_EQ(run.winner->id, promotions[promotions.size() - 2].candidate);
}

TEST(RunGatherer, WithoutAChampionTheBestScreenedOneIsShown) {
  RunGatherer gatherer;
  Candidate c;
  for (const auto& [id, op, score] : {std::tuple{"c:0", "seed", 1.0}, {"c:1", "tune", 2.0}, {"c:2", "tune", 1.5}}) {
    c.id = id;
    c.op = op;
    gatherer.add({1, "", 0, CandidateAdded{c}});
    Evaluation e;
    e.candidate = id;
    e.score = Score{};
    e.score->value = score;
    gatherer.add({1, "", 0, e});
  }
  EXPECT_EQ(gatherer.finish().winner->id, "c:1");
}

TEST(RunGatherer, SurvivesAnyStartRecord) {
  for (const char* json :
       {"", "[]", "null", "{\"spec\":[]}", "{\"spec\":{\"seed\":\"x\",\"budget\":3},\"environment\":\"y\"}",
        "{\"work\":[3,{\"flops\":\"x\"}],\"rules\":[],\"environment\":{\"ceilings\":{\"bandwidth\":[1,{}],\"date\":7}}"
        "}"}) {
    RunGatherer gatherer;
    gatherer.add({1, "", 0, RunStarted{json}});
    gatherer.add({2, "", 0, RunStopped{"time", json}});
    EXPECT_FALSE(gatherer.finish().finished) << json;
  }
}

TEST(ReadRun, ReadsAStore) {
  const auto folder = TempDir::make("report");
  ASSERT_TRUE(folder);
  {
    auto store = Store::create(folder->path() + "/run");
    ASSERT_TRUE(store) << store.error().message;
    made_up::Settings settings;
    settings.evaluations = 30;
    for (Event e : made_up::events(settings)) {
      e.seq = 0;
      const auto r = (*store)->append(e);
      ASSERT_TRUE(r) << r.error().message;
    }
  }
  const auto run = read_run(folder->path() + "/run");
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_TRUE(run->finished);
  EXPECT_EQ(run->folder, folder->path() + "/run");
  EXPECT_FALSE(read_run(folder->path() + "/none"));
}

}  // namespace
}  // namespace ridge
