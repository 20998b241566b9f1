// Sentinels: the champion against itself, from time to time.
#include <cmath>

#include <gmock/gmock.h>

#include "support/simulated.h"

namespace ridge {
namespace {

using simulated::Options;
using simulated::Search;
using testing::HasSubstr;

// Each value is 3 % faster than the one before it, so a search in their order promotes again and again.
Options climbing(std::uint64_t seed = 1) {
  std::string values;
  for (int i = 0; i < 100; ++i) values += fmt::format("{}{}", i ? ", " : "", i);
  Options o;
  o.seed = seed;
  o.tune = "AA = [" + values + "]";
  o.seconds = [](const CompileJob& job) { return 5e-2 * std::pow(0.97, simulated::macro(job, "AA")); };
  o.noise = {.sample = 0.005, .process = 0.002, .drift_step = 0.0002};
  o.policy = "exhaustive";
  o.slots = 1;
  return o;
}

std::vector<DuelRecord> of_purpose(const Search& search, const std::string& purpose) {
  std::vector<DuelRecord> out;
  for (const DuelRecord& d : search.recorder.all<DuelRecord>())
    if (d.purpose == purpose) out.push_back(d);
  return out;
}

TEST(Sentinels, StandBetweenDuelsAndTakeLittleTime) {
  Search search(climbing());
  search.run();
  const auto sentinels = of_purpose(search, "sentinel");
  const auto duels = of_purpose(search, "promote");
  ASSERT_GE(duels.size(), 8u) << "without duels nothing is tried here";
  EXPECT_GE(sentinels.size(), 1u);
  EXPECT_LE(sentinels.size(), duels.size() / 8);
  double kernel_s = 0;
  for (const DuelRecord& d : sentinels) {
    EXPECT_EQ(d.incumbent, d.candidate);
    EXPECT_LE(d.visits.size(), 10u);
    kernel_s += d.cost.kernel_s;
  }
  EXPECT_LE(kernel_s, 0.06 * search.last_progress.elapsed_s);
  for (const Note& n : search.recorder.all<Note>()) ADD_FAILURE() << "a calm machine: " << n.text;
}

TEST(Sentinels, SayThatASideIsFavoured) {
  Options biased = climbing();
  biased.noise.favour = 0.08;
  Search search(biased);
  search.run();
  ASSERT_GE(of_purpose(search, "sentinel").size(), 1u);
  const auto notes = search.recorder.all<Note>();
  ASSERT_FALSE(notes.empty());
  EXPECT_THAT(notes.front().text, HasSubstr("sentinel: a kernel measured against itself came out"));
}

TEST(Sentinels, ARunThatGoesOnDoesNotAskAgainAtOnce) {
  Options first = climbing();
  first.evaluations = 60;
  Search search(first);
  search.run();
  Options more = climbing();
  more.evaluations = 90;
  Search resumed(more, search);
  resumed.run();
  const auto sentinels = of_purpose(resumed, "sentinel").size(), duels = of_purpose(resumed, "promote").size();
  EXPECT_LE(sentinels, duels / 8);
}

}  // namespace
}  // namespace ridge
