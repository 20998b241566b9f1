#include "measure/noise_table.h"

#include <gtest/gtest.h>

namespace ridge::measure {
namespace {

TEST(DurationClasses, CoverAllTimesWithoutGaps) {
  const auto& all = duration_classes();
  for (std::size_t i = 0; i + 1 < all.size(); ++i) EXPECT_EQ(all[i].to_s, all[i + 1].from_s);
  EXPECT_EQ(all.front().from_s, 0);
  EXPECT_GT(all.back().to_s, 1e9);
  EXPECT_EQ(duration_class_of(0), 0u);
  EXPECT_EQ(duration_class_of(4.9e-6), 0u);
  EXPECT_EQ(duration_class_of(5e-6), 1u);
  EXPECT_EQ(duration_class_of(60e-6), 2u);
  EXPECT_EQ(duration_class_of(1e-3), 3u);
  EXPECT_EQ(duration_class_of(3600), 4u);
}

TEST(NoiseTable, AnswersFromTheNearestMeasuredClass) {
  NoiseTable table;
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(table.at(1e-3).sigma_p, 0);
  table.classes[1] = {.sigma_d = 0.02, .sigma_p = 0.010, .blocks = 64, .pairs = 16};
  table.classes[3] = {.sigma_d = 0.01, .sigma_p = 0.004, .blocks = 64, .pairs = 16};
  EXPECT_FALSE(table.empty());
  EXPECT_EQ(table.at(10e-6).sigma_p, 0.010);
  EXPECT_EQ(table.at(1e-3).sigma_p, 0.004);
  EXPECT_EQ(table.at(1e-6).sigma_p, 0.010);
  EXPECT_EQ(table.at(1).sigma_p, 0.004);
  EXPECT_EQ(table.at(60e-6).sigma_p, 0.010) << "of two that are equally near the noisier one";
}

TEST(Distinguishable, IsTheLargerOfWhatBlocksAndProcessesAllow) {
  EXPECT_NEAR(distinguishable({.sigma_d = 0.04, .sigma_p = 0.001}), 2.8 * 0.04 / 8, 1e-12);
  EXPECT_NEAR(distinguishable({.sigma_d = 0.001, .sigma_p = 0.01}), 0.02, 1e-12);
}

}  // namespace
}  // namespace ridge::measure
