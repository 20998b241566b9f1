#include "evaluate/internal/poison.h"

#include <cmath>
#include <set>

#include <gmock/gmock.h>

namespace ridge {
namespace {

class Poison : public testing::TestWithParam<ScalarType> {};

TEST_P(Poison, ItsElementsAreRecognisedAndOthersAreNot) {
  const ScalarType type = GetParam();
  constexpr std::size_t count = 4096;
  std::vector<std::byte> bytes(count * size_of(type));
  poison(bytes, type, 7);
  EXPECT_EQ(still_poisoned(bytes, type, 7), count);
  for (std::size_t i = 0; i < count / 2; ++i) bytes[i * size_of(type)] ^= std::byte{1};
  EXPECT_EQ(still_poisoned(bytes, type, 7), count / 2);
  if (size_of(type) >= 4) {
    EXPECT_LE(still_poisoned(bytes, type, 8), count / 256) << "another seed's poison";
  }
}

// A kernel must not be able to tell poison from results: plain finite values of moderate size, many different ones.
TEST_P(Poison, LooksLikeOrdinaryValues) {
  const ScalarType type = GetParam();
  constexpr std::size_t count = 4096;
  std::vector<std::byte> bytes(count * size_of(type));
  poison(bytes, type, 11);
  std::set<double> values;
  for (std::size_t i = 0; i < count; ++i) {
    const double v = decode(bytes.data() + i * size_of(type), type);
    values.insert(v);
    ASSERT_TRUE(std::isfinite(v));
    if (is_real(type)) {
      EXPECT_GE(std::fabs(v), 0.5);
      EXPECT_LE(std::fabs(v), 2.0);
    } else {
      EXPECT_GE(v, 0);
      EXPECT_LT(v, 16384);
    }
  }
  EXPECT_GE(values.size(), type == ScalarType::boolean ? 2u : type == ScalarType::fp8 ? 8u : 100u);
}

TEST_P(Poison, LeavesBytesBehindTheLastElementAlone) {
  const ScalarType type = GetParam();
  if (size_of(type) == 1) GTEST_SKIP() << "no part of an element can be left over";
  std::vector<std::byte> bytes(3 * size_of(type) - 1, std::byte{0xEE});
  poison(bytes, type, 3);
  EXPECT_EQ(bytes.back(), std::byte{0xEE});
  EXPECT_EQ(still_poisoned(bytes, type, 3), 2u);
}

INSTANTIATE_TEST_SUITE_P(Types, Poison,
                         testing::Values(ScalarType::f64, ScalarType::f32, ScalarType::f16, ScalarType::bf16,
                                         ScalarType::fp8, ScalarType::i8, ScalarType::u8, ScalarType::i16,
                                         ScalarType::u16, ScalarType::i32, ScalarType::u32, ScalarType::i64,
                                         ScalarType::u64, ScalarType::boolean),
                         [](const auto& row) { return std::string(name(row.param)); });

}  // namespace
}  // namespace ridge
