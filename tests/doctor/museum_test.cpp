// What visits to the museum add up to.
#include "doctor/museum.h"

#include <gmock/gmock.h>

namespace ridge {
namespace {

using testing::HasSubstr;

MuseumOutcome outcome(const std::string& id, Verdict verdict, bool as_expected) {
  MuseumOutcome o;
  o.id = id;
  o.verdict = verdict;
  o.stage = verdict == Verdict::ok ? MuseumStage::passed : MuseumStage::screening;
  o.as_expected = as_expected;
  o.text = "what was said of it";
  return o;
}

TEST(MuseumTally, AllAsForeseen) {
  MuseumTally tally;
  for (int round = 0; round < 3; ++round) {
    tally.add_program(outcome("thread-later", Verdict::crashed, true));
    tally.add_program(outcome("constant", Verdict::wrong_result, true));
    tally.add_kernel(outcome("odd-tiles", Verdict::ok, true));
  }
  const auto found = tally.findings(5, 1);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].outcome, CheckOutcome::held);
  EXPECT_EQ(found[0].measured, "2 of 2 rejected, 2 for the reason foreseen, in 6 runs; 3 were not reached");
  EXPECT_EQ(found[1].outcome, CheckOutcome::held);
  EXPECT_EQ(found[1].measured, "1 of 1 accepted, in 3 runs");
}

TEST(MuseumTally, OneThatCameThroughOnceIsTold) {
  MuseumTally tally;
  tally.add_program(outcome("first-calls-right", Verdict::wrong_result, true));
  tally.add_program(outcome("first-calls-right", Verdict::ok, false));
  const auto found = tally.findings(1, 0);
  EXPECT_EQ(found[0].outcome, CheckOutcome::failed);
  EXPECT_EQ(found[0].numbers.at("hits"), 0);
  EXPECT_THAT(found[0].mend, HasSubstr("first-calls-right: ok at passed"));
}

TEST(MuseumTally, AnotherReasonIsNotTheForeseenOne) {
  MuseumTally tally;
  tally.add_program(outcome("overrun", Verdict::wrong_result, false));
  const auto found = tally.findings(1, 0);
  EXPECT_EQ(found[0].numbers.at("hits"), 1) << "rejected it was";
  EXPECT_EQ(found[0].outcome, CheckOutcome::failed);
}

TEST(MuseumTally, AnHonestKernelThatFellIsNamed) {
  MuseumTally tally;
  tally.add_kernel(outcome("recursion", Verdict::ok, true));
  tally.add_kernel(outcome("pair-symmetry", Verdict::wrong_result, false));
  const auto found = tally.findings(0, 2);
  EXPECT_EQ(found[1].outcome, CheckOutcome::failed);
  EXPECT_EQ(found[1].measured, "1 of 2 accepted");
  EXPECT_THAT(found[1].mend, HasSubstr("pair-symmetry"));
}

TEST(MuseumTally, WhatCannotRunHereIsNoTrial) {
  MuseumTally tally;
  MuseumOutcome skipped;
  skipped.id = "second-core";
  skipped.skipped = "needs two cores";
  tally.add_program(skipped);
  tally.add_broken("torn", "its plan cannot be read");
  const auto found = tally.findings(1, 0);
  EXPECT_EQ(found[0].outcome, CheckOutcome::not_possible);
  EXPECT_THAT(found[0].measured, HasSubstr("1 need what this machine has not"));
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[2].outcome, CheckOutcome::failed);
  EXPECT_EQ(found[2].mend, "torn: its plan cannot be read");
}

}  // namespace
}  // namespace ridge
