#include "operate/tune.h"

#include <set>

#include <gmock/gmock.h>

#include "../policy/landscape.h"

namespace ridge {
namespace {

using testing::HasSubstr;

class TuneTest : public testing::Test {
 protected:
  std::vector<Draft> propose(std::string_view mode, std::size_t wanted, std::vector<const Record*> parents = {}) {
    auto drafts =
        tune.propose(task, parents, OperatorContext{archive, nullptr, device, Dialect::cpp, mode}, rng, wanted);
    EXPECT_TRUE(drafts) << drafts.error().message;
    return drafts ? *std::move(drafts) : std::vector<Draft>();
  }
  const Record* add(const Draft& draft) {
    const Candidate c = seal(task, draft);
    EXPECT_TRUE(archive.append(Event{0, "", 0, CandidateAdded{c}}));
    return archive.find(c.id);
  }

  Task task = landscape::task("[tune]\nTILE = [8, 16, 32]\nKS = [1, 2, 4]\nKIND = [\"a\", \"b\", \"c\"]");
  MemoryArchive archive;
  MapScope device;
  Tune tune;
  Rng rng{1};
};

TEST_F(TuneTest, EnumerationIsCompleteAndEnds) {
  std::set<std::string> points;
  for (;;) {
    const auto drafts = propose("enumerate", 4);
    if (drafts.empty()) break;
    for (const Draft& d : drafts) points.insert(add(d)->candidate.id);
  }
  EXPECT_EQ(points.size(), 27u);
  EXPECT_TRUE(propose("random", 4).empty());
  EXPECT_TRUE(propose("around", 4).empty());
}

// The modes of optimisers keep state between calls; all of it can be had again from the archive.
class TuneOptimiser : public TuneTest {
 protected:
  std::vector<CandidateId> ask(Tune& from, std::uint64_t index) {
    Rng fresh(9, "ask", index);
    auto drafts =
        from.propose(task, {}, OperatorContext{archive, nullptr, device, Dialect::cpp, "bayes", {}, 3}, fresh, 4);
    EXPECT_TRUE(drafts) << drafts.error().message;
    std::vector<CandidateId> ids;
    for (const Draft& d : *drafts) ids.push_back(seal(task, d).id);
    return ids;
  }
  void judge(const CandidateId& id, double score) {
    Evaluation e;
    e.candidate = id;
    e.verdict = score > 0 ? Verdict::ok : Verdict::wrong_result;
    if (score > 0) e.score.emplace().value = score;
    EXPECT_TRUE(archive.append(Event{0, "", 0, e}));
  }
  void rounds(int n) {
    for (int i = 0; i < n; ++i) {
      Rng fresh(9, "round", std::uint64_t(i));
      const auto drafts =
          tune.propose(task, {}, OperatorContext{archive, nullptr, device, Dialect::cpp, "bayes", {}, 3}, fresh, 4);
      for (const Draft& d : *drafts) {
        const Record* r = add(d);
        judge(r->candidate.id, r->candidate.parameters.at("KIND") == ParameterValue(std::string("c"))
                                   ? 0.0
                                   : landscape::of(r->candidate.parameters, "TILE"));
      }
    }
  }
};

TEST_F(TuneOptimiser, AResumedRunGoesOnAsTheOldOne) {
  rounds(3);
  Tune young;
  EXPECT_EQ(ask(tune, 1), ask(young, 1));
}

TEST_F(TuneOptimiser, WhatIsFoundWrongLaterIsToldAgain) {
  rounds(3);
  judge(archive.best()->candidate.id, 0.0);
  Tune young;
  EXPECT_EQ(ask(tune, 1), ask(young, 1));
}

TEST_F(TuneOptimiser, WrongSettingsAndModesAreNamed) {
  auto wrong = tune.propose(task, {},
                            OperatorContext{archive, nullptr, device, Dialect::cpp, "bayes", {{"initail", 3}}}, rng, 1);
  EXPECT_THAT(wrong.error().message, HasSubstr("did you mean \"initial\""));
  wrong = tune.propose(task, {}, OperatorContext{archive, nullptr, device, Dialect::cpp, "byes"}, rng, 1);
  EXPECT_THAT(wrong.error().message, HasSubstr("did you mean \"bayes\""));
}

TEST_F(TuneTest, NeighboursDifferInOneTunableAndSayWhich) {
  const Record* parent = add(propose("enumerate", 1).at(0));  // TILE 8, KS 1, KIND a
  std::vector<std::string> why;
  for (const Draft& d : propose("neighbours", 100, {parent})) {
    why.push_back(d.why);
    EXPECT_EQ(d.source, parent->candidate.source);
    EXPECT_EQ(d.parents, std::vector<CandidateId>{parent->candidate.id});
  }
  EXPECT_THAT(why, testing::UnorderedElementsAre("TILE 8→16", "KS 1→2", "KIND a→b", "KIND a→c"));
}

TEST_F(TuneTest, SeveralChangesAreListedInThePlansOrder) {
  Parameters from = {{"TILE", std::int64_t(16)}, {"KS", std::int64_t(1)}, {"KIND", std::string("a")}};
  Parameters to = {{"TILE", std::int64_t(32)}, {"KS", std::int64_t(2)}, {"KIND", std::string("a")}};
  const auto plan = plan_from_source(task.templates[Dialect::cpp].text, "t");
  EXPECT_EQ(difference(*plan, from, to), "TILE 16→32, KS 1→2");
}

TEST_F(TuneTest, DraftsWithoutAParentDescendFromTheTemplateOnceItIsThere) {
  EXPECT_TRUE(propose("random", 1).at(0).parents.empty());
  const Record* start = add(propose("enumerate", 1).at(0));
  const Draft draft = propose("random", 1).at(0);
  EXPECT_EQ(draft.parents, std::vector<CandidateId>{start->candidate.id});
  EXPECT_THAT(draft.why, HasSubstr("→"));
}

TEST_F(TuneTest, AParentFromElsewhereIsTunedInItsOwnSpace) {
  Task other = landscape::task("[tune]\nWIDE = [1, 2]");
  Draft d;
  d.source = std::make_shared<const std::string>(other.templates[Dialect::cpp].text);
  d.plan = std::make_shared<const Plan>(*plan_from_source(*d.source, "other.cpp"));
  d.op = "tell";
  const Record* parent = add(d);
  const auto drafts = propose("neighbours", 5, {parent});
  ASSERT_EQ(drafts.size(), 1u);
  EXPECT_EQ(drafts[0].why, "WIDE 1→2");
}

TEST_F(TuneTest, WithoutATemplateTheSeedIsTheBase) {
  task.seeds = std::move(task.templates);
  task.templates.clear();
  EXPECT_EQ(propose("enumerate", 100).size(), 27u);
}

TEST_F(TuneTest, UnknownModesAreErrors) {
  const auto drafts = tune.propose(task, {}, OperatorContext{archive, nullptr, device, Dialect::cpp, "randon"}, rng, 1);
  EXPECT_THAT(drafts.error().message, HasSubstr("did you mean \"random\"?"));
}

TEST(Rename, ChangesBytesAndNothingElse) {
  const Task task = landscape::task("[tune]\nTILE = [8, 16]");
  MemoryArchive archive;
  MapScope device;
  Rng rng(1);
  auto op = *make_operator("rename");
  const auto drafts = *op->propose(task, {}, OperatorContext{archive, nullptr, device, Dialect::cpp, {}}, rng, 3);
  ASSERT_EQ(drafts.size(), 3u);
  for (const Draft& d : drafts) {
    EXPECT_THAT(*d.source, testing::StartsWith(task.templates.at(Dialect::cpp).text));
    EXPECT_THAT(*d.source, testing::MatchesRegex("(.|\n)*\n// [0-9]+\n"));
    EXPECT_EQ(*plan_from_source(*d.source, "t"), *d.plan);
  }
}

}  // namespace
}  // namespace ridge
