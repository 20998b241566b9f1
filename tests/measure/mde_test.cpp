#include "measure/mde.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "base/random.h"
#include "noise.h"

namespace ridge::measure {
namespace {

TEST(Mde, TableOfTheProtocol) {
  EXPECT_NEAR(minimum_detectable_effect(0.005, 10), 0.0044, 5e-5);
  EXPECT_NEAR(minimum_detectable_effect(0.02, 200), 0.0040, 5e-5);
  EXPECT_TRUE(std::isinf(minimum_detectable_effect(0.01, 0)));
  EXPECT_EQ(blocks_needed(0.01, 0.028), 1u);
  EXPECT_EQ(blocks_needed(0.01, 0.0028), 100u);
  EXPECT_EQ(blocks_needed(0, 0.01), 1u);
  EXPECT_EQ(blocks_needed(0.01, 0), std::numeric_limits<std::size_t>::max());
  EXPECT_EQ(blocks_needed(0.01, NAN), std::numeric_limits<std::size_t>::max());
}

TEST(Noise, SeparatesBlocksFromProcesses) {
  Rng rng(1, "noise");
  std::vector<std::vector<double>> pairs(200);
  for (auto& pair : pairs) {
    const double bias = 0.012 * rng.normal();
    for (int i = 0; i < 8; ++i) pair.push_back(bias + 0.008 * rng.normal() + (rng.coin(0.03) ? 0.23 : 0));
  }
  const Noise n = noise_of(pairs);
  EXPECT_EQ(n.pairs, 200u);
  EXPECT_EQ(n.blocks, 1600u);
  EXPECT_NEAR(n.sigma_d, 0.008, 0.0012);
  EXPECT_NEAR(n.sigma_p, 0.012, 0.002);
}

TEST(Noise, NoProcessNoiseWhereThereIsNone) {
  Rng rng(2, "noise");
  std::vector<std::vector<double>> pairs(100);
  for (auto& pair : pairs)
    for (int i = 0; i < 8; ++i) pair.push_back(0.01 * rng.normal());
  EXPECT_LT(noise_of(pairs).sigma_p, 0.003);  // centres stray by 0.0035 for want of blocks alone
  EXPECT_NEAR(noise_of(pairs).sigma_d, 0.01, 0.0012);
}

// Pairs that lived through an accident of the machine say little about processes.
TEST(Noise, WildPairsAreBounded) {
  Rng rng(3, "noise");
  std::vector<std::vector<double>> pairs(60);
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    const double bias = 0.004 * rng.normal() + (p % 20 == 0 ? 5.0 : 0);
    for (int i = 0; i < 4; ++i) pairs[p].push_back(bias + 0.01 * rng.normal());
  }
  EXPECT_LT(noise_of(pairs).sigma_p, 0.02) << "without a bound they make it 1";
  // A bias that all share is no accident.
  EXPECT_NEAR(noise_of(std::vector<std::vector<double>>(10, {0.02, 0.02})).sigma_p, 0.02, 1e-12);
}

TEST(Noise, GroupsBlocksOfADuel) {
  BlockSource source({.sigma = 0.004, .process_sigma = 0.02}, 5);
  std::vector<double> logs;
  std::vector<int> pair;
  for (int i = 0; i < 800; ++i) {
    const Block b = source.next();
    logs.push_back(block_log(b.visits[0]));
    pair.push_back(b.process_pair);
  }
  const Noise n = noise_of(logs, pair);
  EXPECT_EQ(n.pairs, 100u);
  EXPECT_NEAR(n.sigma_d, 0.004, 0.0006) << "four visits at half weight each: the sigma of one";
  EXPECT_NEAR(n.sigma_p, 0.02, 0.004);
}

TEST(Noise, FewOrNoBlocks) {
  EXPECT_EQ(noise_of(std::vector<std::vector<double>>{}).pairs, 0u);
  EXPECT_EQ(noise_of(std::vector<std::vector<double>>{{}, {}}).pairs, 0u);
  const Noise one = noise_of(std::vector<std::vector<double>>{{0.01}});
  EXPECT_EQ(one.sigma_d, 0);
  EXPECT_DOUBLE_EQ(one.sigma_p, 0.01);
}

}  // namespace
}  // namespace ridge::measure
