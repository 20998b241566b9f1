#include "model/archive.h"

#include <gmock/gmock.h>

#include "samples.h"

namespace ridge {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ArchiveTest : public testing::Test {
 protected:
  CandidateId add(std::int64_t tile, std::string op = "tune") {
    Candidate c = sample::candidate(tile, std::move(op));
    EXPECT_TRUE(archive.append(sample::event(CandidateAdded{c})));
    return c.id;
  }
  CandidateId judged(std::int64_t tile, double score, Verdict verdict = Verdict::ok) {
    const CandidateId id = add(tile);
    EXPECT_TRUE(archive.append(sample::event(sample::evaluation(id, verdict, score))));
    return id;
  }
  void append(EventBody body) { ASSERT_TRUE(archive.append(sample::event(std::move(body)))); }
  CandidateId champion() { return archive.champion() ? archive.champion()->candidate.id : ""; }

  MemoryArchive archive;
};

TEST_F(ArchiveTest, EventsAreNumberedInOrderOfCompletion) {
  EXPECT_EQ(archive.append(sample::event(Note{"a"}, 1.5)), 1);
  EXPECT_EQ(archive.append(sample::event(Note{"b"}, 2.5)), 2);
  EXPECT_EQ(archive.last_seq(), 2);
  EXPECT_EQ(archive.elapsed_s(), 2.5);
}

TEST_F(ArchiveTest, RanksByScoreAndTheEarlierOfEquals) {
  const auto a = judged(1, 2.0), b = judged(2, 3.0), c = judged(3, 3.0), d = judged(4, 9.0, Verdict::crashed);
  EXPECT_EQ(archive.best()->candidate.id, b);
  std::vector<CandidateId> order;
  for (const Record* r : archive.top(10)) order.push_back(r->candidate.id);
  EXPECT_THAT(order, ElementsAre(b, c, a));
  EXPECT_EQ(archive.top(1).size(), 1u);
  EXPECT_THAT(archive.evaluated(), ElementsAre(a, b, c, d));
  EXPECT_EQ(archive.count(Verdict::ok), 3u);
  EXPECT_EQ(archive.count(Verdict::crashed), 1u);
}

TEST_F(ArchiveTest, ALaterEvaluationReplacesTheEarlier) {
  const auto a = judged(1, 2.0), b = judged(2, 3.0);
  append(sample::evaluation(b, Verdict::wrong_result));
  EXPECT_EQ(archive.best()->candidate.id, a);
  EXPECT_EQ(archive.evaluations(), 2u);
  EXPECT_EQ(archive.count(Verdict::ok), 1u);
  append(sample::evaluation(a, Verdict::ok, 5.0));
  EXPECT_EQ(archive.best()->score(), 5.0);
}

TEST_F(ArchiveTest, ADemotedChampionLeavesThePlaceToTheOneBefore) {
  const auto a = add(1), b = add(2), c = add(3);
  EXPECT_EQ(champion(), "");
  append(Promoted{a, std::nullopt, {}});
  append(Promoted{b, a, {}});
  append(Promoted{c, b, {}});
  EXPECT_EQ(champion(), c);
  append(Demoted{b, "gate"});
  EXPECT_EQ(champion(), c);
  append(Demoted{c, "gate"});
  EXPECT_EQ(champion(), a);
  append(Promoted{b, a, {}});  // promoted again after its demotion
  EXPECT_EQ(champion(), b);
  append(Demoted{b, "gate"});
  append(Demoted{a, "gate"});
  EXPECT_EQ(champion(), "");
}

TEST_F(ArchiveTest, TheSeedIsTheFirstOfThatOperator) {
  EXPECT_EQ(archive.seed(), nullptr);
  add(1);
  const auto seed = add(2, "seed");
  add(3, "seed");
  EXPECT_EQ(archive.seed()->candidate.id, seed);
}

TEST_F(ArchiveTest, DuplicatesAreCountedAndNotRanked) {
  const auto a = judged(1, 2.0), b = add(2), c = add(3);
  Evaluation same = sample::evaluation(b, Verdict::ok, 2.0);
  same.duplicate_of = a;
  append(same);
  append(Considered{c, "duplicate", ""});
  append(Considered{"c:other", "pruned", ""});
  EXPECT_EQ(archive.duplicates(), 2u);
  EXPECT_EQ(archive.top(5).size(), 1u);
}

TEST_F(ArchiveTest, RefusesWhatItCannotPlace) {
  const auto message = [&](EventBody body) { return archive.append(sample::event(std::move(body))).error().message; };
  EXPECT_THAT(message(sample::evaluation("c:none")), HasSubstr("no candidate c:none"));
  EXPECT_THAT(message(Promoted{"c:none", std::nullopt, {}}), HasSubstr("no candidate"));
  EXPECT_THAT(message(Demoted{"c:none", ""}), HasSubstr("no candidate"));
  add(1);
  EXPECT_THAT(message(CandidateAdded{sample::candidate(1)}), HasSubstr("already in this archive"));
  EXPECT_THAT(message(CandidateAdded{}), HasSubstr("source and plan"));
  EXPECT_EQ(archive.last_seq(), 1);
}

TEST_F(ArchiveTest, RefusesNumbersThatJsonCannotCarry) {
  const auto id = add(1);
  Evaluation e = sample::evaluation(id);
  e.workloads.push_back(sample::workload("w"));
  e.workloads[0].worst_error = INFINITY;
  EXPECT_TRUE(archive.append(sample::event(e)));
  e.workloads[0].tolerance = NAN;
  EXPECT_THAT(archive.append(sample::event(e)).error().message, HasSubstr("evaluation.workloads[0].tolerance"));
}

}  // namespace
}  // namespace ridge
