#include "device/cpu/ceilings.h"

#include "base/subprocess.h"
#include "device/ceilings_file.h"
#include "workshop.h"

namespace ridge::cpu {
namespace {

using testing::HasSubstr;

TEST(Ceilings, MeasuredOnesAreSaneAndRememberedForTheMachine) {
  const auto folder = TempDir::make("ceilings");
  ASSERT_TRUE(folder);
  setenv("XDG_CACHE_HOME", folder->path().c_str(), 1);
  auto device = open_device("cpu");
  ASSERT_TRUE(device) << device.error().message;
  const auto measured = (*device)->ceilings(false);
  const auto again = (*device)->ceilings(false);
  setenv("XDG_CACHE_HOME", RIDGELINE_TEST_CACHE, 1);
  ASSERT_TRUE(measured) << measured.error().message;
  ASSERT_GE(measured->bandwidth.size(), 3u);
  for (std::size_t i = 0; i < measured->bandwidth.size(); ++i) {
    EXPECT_GT(measured->bandwidth[i].bytes_per_s, 1e8);
    EXPECT_LT(measured->bandwidth[i].bytes_per_s, 1e14);
    if (i > 0) {
      EXPECT_GT(measured->bandwidth[i].working_set_bytes, measured->bandwidth[i - 1].working_set_bytes);
    }
  }
  EXPECT_EQ(measured->bandwidth.front().level, "L1");
  EXPECT_EQ(measured->bandwidth.back().level, "DRAM");
  EXPECT_GT(measured->flops_f32, 1e8);
  EXPECT_GT(measured->flops_f64, 1e8);
  EXPECT_GT(measured->call_latency_s, 0);
  EXPECT_LT(measured->call_latency_s, 0.1);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->date, measured->date) << "the second time they are read, not measured";
}

TEST(Ceilings, WhatIsSavedIsLoaded) {
  const auto folder = TempDir::make("ceilings");
  ASSERT_TRUE(folder);
  Ceilings c;
  c.bandwidth = {{"L1", 32e3, 1.5e11}, {"DRAM", 1e9, 1e10}};
  c.flops_f32 = 2e11;
  c.flops_f64 = 1e11;
  c.call_latency_s = 2e-6;
  c.machine = "here";
  c.date = "2026-11-22";
  const std::string path = folder->path() + "/deep/ceilings.json";
  ASSERT_TRUE(save_ceilings(path, c));
  const auto loaded = load_ceilings(path);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->bandwidth[1].level, "DRAM");
  EXPECT_EQ(loaded->bandwidth[0].bytes_per_s, 1.5e11);
  EXPECT_EQ(loaded->flops_f64, 1e11);
  EXPECT_EQ(loaded->call_latency_s, 2e-6);
  EXPECT_EQ(loaded->machine, "here");
}

TEST(Ceilings, ADamagedFileIsAnErrorThatSaysWhatToDo) {
  const auto folder = TempDir::make("ceilings");
  ASSERT_TRUE(folder);
  const std::string path = folder->path() + "/c.json";
  for (const char* text : {"", "[]", "{\"bandwidth\": 3}", "{\"bandwidth\": []}",
                           "{\"bandwidth\": [3], \"flops_f32\": \"x\"}", "{\"ban"}) {
    ASSERT_TRUE(write_file(path, text));
    const auto loaded = load_ceilings(path);
    ASSERT_FALSE(loaded) << text;
    EXPECT_THAT(loaded.error().message, HasSubstr("delete it"));
  }
}

TEST(Ceilings, TheMachineHasAName) {
  EXPECT_THAT(machine_identity(), HasSubstr("Linux"));
}

}  // namespace
}  // namespace ridge::cpu
