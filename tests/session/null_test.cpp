// The engine's own proof: operator `rename` changes bytes and never work, so whatever a search claims of its candidates
// comes from noise. And the other side: a real gain of 5 % must come through the same noise.
#include <gmock/gmock.h>

#include "support/simulated.h"

namespace ridge {
namespace {

using simulated::Search;

TEST(NullSearch, ClaimsNothingFromNoise) {
  int claims = 0, promoting = 0, promotions = 0, duels = 0;
  std::size_t candidates = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Search search({.seed = seed,
                   .noise = simulated::restless(),
                   .seconds = [](const CompileJob&) { return 2e-3; },
                   .policy = "rename",
                   .deduplicate = false,
                   .evaluations = 40});
    const Summary summary = search.run();
    claims += summary.certified.has_value();
    const int promoted = int(search.recorder.all<Promoted>().size());
    promoting += promoted > 0;
    promotions += promoted;
    duels += int(search.recorder.all<DuelRecord>().size());
    candidates += std::size_t(summary.evaluations);
    EXPECT_EQ(summary.duplicates, 0);
    EXPECT_TRUE(summary.failed.empty());
  }
  RecordProperty("claims", claims);
  RecordProperty("searches_with_promotions", promoting);
  RecordProperty("promotions", promotions);
  RecordProperty("duels", duels);
  EXPECT_EQ(candidates, 300u * 40u);
  EXPECT_GE(duels, 300) << "noise must have had its chance";
  EXPECT_LE(claims, 3);
  EXPECT_LE(promoting, 15);
}

// Processes that differ by 2 %, far more than a calm machine's do, promote many candidates; none may be claimed. This
// is what a claim's own pair of processes for every block is for: with a pair for four blocks one run in fourteen
// claimed.
TEST(NullSearch, ClaimsNothingFromUnlikeProcesses) {
  null::NoiseModel noise = simulated::restless();
  noise.process = 0.02;
  int claims = 0, promotions = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Search search({.seed = seed,
                   .noise = noise,
                   .seconds = [](const CompileJob&) { return 2e-3; },
                   .policy = "rename",
                   .deduplicate = false,
                   .evaluations = 40});
    claims += search.run().certified.has_value();
    promotions += int(search.recorder.all<Promoted>().size());
  }
  RecordProperty("unlike_claims", claims);
  RecordProperty("unlike_promotions", promotions);
  EXPECT_GE(promotions, 50);
  EXPECT_LE(claims, 3);
}

TEST(NullSearch, ATrueGainOfFivePerCentIsClaimed) {
  int claimed = 0, right = 0, covered = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Search search(
        {.seed = seed,
         .tune = "AA = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, "
                 "24, 25, 26, 27, 28, 29, 30, 31]",
         .noise = simulated::restless(),
         .seconds = [](const CompileJob& job) { return simulated::macro(job, "AA") == 17 ? 2e-3 / 1.05 : 2e-3; },
         .deduplicate = false});
    const Summary summary = search.run();
    EXPECT_EQ(summary.stopped_by, "exhausted");
    if (!summary.certified) continue;
    ++claimed;
    right += simulated::value(search.archive.find(summary.certified->candidate)->candidate, "AA") == 17;
    covered += summary.certified->speedup.lower <= 1.05 && summary.certified->speedup.upper >= 1.05;
  }
  RecordProperty("claimed", claimed);
  RecordProperty("right", right);
  RecordProperty("covered", covered);
  EXPECT_GE(claimed, 95);
  EXPECT_GE(right, 95);
  EXPECT_GE(covered, 90);
}

}  // namespace
}  // namespace ridge
