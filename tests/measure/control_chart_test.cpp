#include "measure/control_chart.h"

#include <gmock/gmock.h>

#include "base/random.h"

namespace ridge::measure {
namespace {

using testing::HasSubstr;

// Eight blocks in four pairs of processes.
std::vector<double> sentinel(Rng& rng, double sigma_d, double sigma_p, double shift = 0) {
  std::vector<double> logs;
  for (int pair = 0; pair < 4; ++pair) {
    const double bias = sigma_p * rng.normal();
    for (int b = 0; b < 2; ++b) logs.push_back(shift + bias + sigma_d * rng.normal());
  }
  return logs;
}

TEST(ControlChart, StaysQuietWhereNothingIsWrong) {
  int alarms = 0;
  constexpr int runs = 200, length = 20;
  for (int run = 0; run < runs; ++run) {
    Rng rng(std::uint64_t(run), "quiet chart");
    ControlChart chart(0.003);
    for (int i = 0; i < length; ++i) alarms += !chart.add(sentinel(rng, 0.01, 0.003), 2).empty();
    EXPECT_EQ(chart.points(), std::size_t(length));
  }
  EXPECT_LE(alarms, runs * length / 50) << "two in a hundred sentinels";
}

TEST(ControlChart, OneFarOffIsTold) {
  int told = 0;
  for (int run = 0; run < 100; ++run) {
    Rng rng(std::uint64_t(run), "shifted chart");
    ControlChart chart(0.003);
    const std::string said = chart.add(sentinel(rng, 0.01, 0.003, 0.06), 2);
    told += !said.empty();
    if (!said.empty()) {
      EXPECT_THAT(said, HasSubstr("faster"));
    }
  }
  EXPECT_GE(told, 95);
}

TEST(ControlChart, ASideThatIsFavouredALittleShowsInTheEnd) {
  ControlChart chart(0.01);
  const std::vector<double> little = {0.002, -0.001, 0.003, 0.001, -0.002, 0.002, 0.001, 0.002};
  for (int i = 0; i < 7; ++i) EXPECT_EQ(chart.add(little, 2), "") << i;
  EXPECT_THAT(chart.add(little, 2), HasSubstr("8 sentinels in a row"));
  EXPECT_EQ(chart.add(little, 2), "") << "told once, the counting begins anew";
}

TEST(ControlChart, FewBlocksAndUnknownSpreadsSayNothing) {
  ControlChart chart(0);
  EXPECT_EQ(chart.add(std::vector<double>{0.5, 0.5, 0.5}, 2), "");
  EXPECT_EQ(chart.points(), 0u);
  // Blocks that agree to the last digit are no proof: what processes differ by is assumed where it is unknown.
  EXPECT_EQ(chart.add(std::vector<double>(8, 0.002), 2), "");
  EXPECT_THAT(chart.add(std::vector<double>(8, 0.02), 2), HasSubstr("2.02 % faster"));
}

}  // namespace
}  // namespace ridge::measure
