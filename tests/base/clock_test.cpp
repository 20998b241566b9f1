#include "base/clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ridge {
namespace {

TEST(SteadyClock, MovesForwardAndPrintsRfc3339) {
  const SteadyClock clock;
  const auto a = clock.now_ns();
  EXPECT_LE(a, clock.now_ns());
  EXPECT_THAT(clock.wall(),
              ::testing::MatchesRegex(
                  "2[0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]\\.[0-9][0-9][0-9]Z"));
}

TEST(SimulatedClock, MovesOnlyWhenTold) {
  SimulatedClock clock;
  EXPECT_EQ(clock.wall(), "2000-01-01T00:00:00.000Z");
  clock.advance(86400.0 * 59 + 3661.25);
  EXPECT_EQ(clock.wall(), "2000-02-29T01:01:01.250Z");
  EXPECT_DOUBLE_EQ(clock.seconds(), 86400.0 * 59 + 3661.25);
}

}  // namespace
}  // namespace ridge
