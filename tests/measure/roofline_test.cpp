#include "measure/roofline.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace ridge::measure {
namespace {

const std::vector<Ceiling> table{{32e3, 400e9}, {2e6, 100e9}, {200e6, 20e9}};

TEST(Bandwidth, InterpolatesOverTheLogarithm) {
  EXPECT_DOUBLE_EQ(bandwidth_at(table, 32e3), 400e9);
  EXPECT_DOUBLE_EQ(bandwidth_at(table, 2e6), 100e9);
  EXPECT_NEAR(bandwidth_at(table, 20e6), 60e9, 1);
  EXPECT_DOUBLE_EQ(bandwidth_at(table, 1), 400e9);
  EXPECT_DOUBLE_EQ(bandwidth_at(table, 1e15), 20e9);
  EXPECT_DOUBLE_EQ(bandwidth_at(table, NAN), 400e9);
  EXPECT_DOUBLE_EQ(bandwidth_at(table, -5), 400e9);
  EXPECT_DOUBLE_EQ(bandwidth_at({}, 1e6), 0);
  EXPECT_DOUBLE_EQ(bandwidth_at(std::vector<Ceiling>{{0, 5}, {10, 3}}, 4), 3);
}

TEST(Roofline, NamesTheNearerRoof) {
  const Roofline memory = fraction(1e9, 48.2e9, 1, 74e9, 58.1e9);
  EXPECT_EQ(memory.bound, "memory");
  EXPECT_NEAR(memory.fraction, 0.8296, 1e-4);
  EXPECT_EQ(memory.text, "83 % of memory: 48.2 GB/s of 58.1 GB/s");
  const Roofline compute = fraction(37e9, 1e9, 1, 74e9, 58.1e9);
  EXPECT_EQ(compute.text, "50 % of compute: 37.0 GFLOP/s of 74.0 GFLOP/s");
  const Roofline clever = fraction(0, 60e9, 1, 74e9, 50e9);
  EXPECT_NEAR(clever.fraction, 1.2, 1e-12);
  EXPECT_NE(clever.text.find("less than the work convention"), std::string::npos);
}

TEST(Roofline, UnknownCeilingsLimitNothing) {
  EXPECT_EQ(fraction(1e9, 1e9, 1, 0, 0).bound, "");
  EXPECT_EQ(fraction(0, 0, 1, 1e9, 1e9).fraction, 0);
  EXPECT_EQ(fraction(1e9, 1e9, 0, 1e9, 1e9).fraction, 0);
  EXPECT_EQ(fraction(1e9, 1e9, 2, 0, 1e9).bound, "memory");
}

TEST(Floor, LargerOfTrafficAndOperations) {
  EXPECT_DOUBLE_EQ(floor_seconds(1e9, 0, 10e9, 5e9), 0.1);
  EXPECT_DOUBLE_EQ(floor_seconds(1e9, 2e9, 10e9, 5e9), 0.4);
  EXPECT_DOUBLE_EQ(floor_seconds(1e9, 2e9, 0, 0), 0);
}

}  // namespace
}  // namespace ridge::measure
