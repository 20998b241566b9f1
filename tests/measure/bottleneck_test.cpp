#include "measure/bottleneck.h"

#include <gmock/gmock.h>

namespace ridge::measure {
namespace {

using testing::HasSubstr;

TEST(Bottleneck, TheBusiestUnitIsTheLimit) {
  struct Row {
    CounterValues values;
    double ratio;
    const char *limit, *why;
  };
  const Row rows[] = {
      {{{"dram_percent", 87}, {"l2_percent", 40}, {"sm_percent", 20}},
       1.05,
       "memory",
       "DRAM is at 87 % of its peak, 1.05 times the compulsory traffic"},
      {{{"dram_percent", 70}, {"l2_percent", 40}}, 3, "memory", "the same bytes come more than once"},
      {{{"dram_percent", 20}, {"l2_percent", 75}}, 0.2, "L2 cache", "the L2 cache is at 75 % of its peak"},
      {{{"l1_percent", 90}, {"sm_percent", 80}, {"instructions", 100}, {"bank_conflicts", 50}},
       0,
       "L1 cache and shared memory",
       "with 0.5 bank conflicts for each instruction"},
      {{{"l1_percent", 61}, {"sm_percent", 91}}, 0, "instructions", "a multiprocessor's pipelines are at 91 %"},
      {{{"sm_percent", 91}, {"tensor_percent", 88}}, 0, "tensor cores", "the tensor cores are at 88 %"}};
  for (const Row& row : rows) {
    const Bottleneck b = bottleneck(row.values, row.ratio);
    EXPECT_EQ(b.limit, row.limit);
    EXPECT_THAT(b.why, HasSubstr(row.why));
  }
}

TEST(Bottleneck, WhereNoUnitIsBusyItIsTooLittleWorkOrLatency) {
  CounterValues values = {{"dram_percent", 12}, {"sm_percent", 20}, {"busy_percent", 30}};
  EXPECT_EQ(bottleneck(values).limit, "too little work");
  EXPECT_THAT(bottleneck(values).why, HasSubstr("in 30 % of the time"));
  values["busy_percent"] = 99;
  values["occupancy_percent"] = 24;
  values["stall.barrier"] = 1;
  values["stall.long_scoreboard"] = 6.4;
  const Bottleneck b = bottleneck(values);
  EXPECT_EQ(b.limit, "latency");
  EXPECT_THAT(b.why, HasSubstr("with 24 % of the warps that would fit"));
  EXPECT_THAT(b.why, HasSubstr("most wait for loads from L1, L2 and DRAM (6.4 warps"));
}

TEST(Bottleneck, NothingIsSaidFromNothing) {
  EXPECT_EQ(bottleneck({}).limit, "");
  EXPECT_EQ(bottleneck({{"dram_percent", 0}, {"instructions", 7}}).limit, "");
  EXPECT_EQ(stall_words("a_new_one"), "a_new_one");
}

}  // namespace
}  // namespace ridge::measure
