#include "evaluate/compare.h"

#include <cstring>
#include <limits>

#include <gmock/gmock.h>

namespace ridge {
namespace {

using testing::HasSubstr;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Expression expression(const std::string& text) {
  auto parsed = Expression::parse(text);
  RIDGE_CHECK(parsed, text);
  return *parsed;
}

// Outputs given as bits of their type, so that values no literal can name are possible.
Comparison compare_bits(ScalarType type, const std::vector<std::uint64_t>& bits, const Answer& answer, Metric metric,
                        const std::string& bound) {
  BufferSpec buffer;
  buffer.name = "u";
  buffer.type = type;
  std::vector<std::byte> got(bits.size() * size_of(type));
  for (std::size_t i = 0; i < bits.size(); ++i) std::memcpy(got.data() + i * size_of(type), &bits[i], size_of(type));
  auto c = compare(buffer, got, answer, {metric, expression(bound)}, MapScope());
  EXPECT_TRUE(c) << c.error().message;
  return c ? *c : Comparison{};
}

template <class T>
std::uint64_t bits_of(T v) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &v, sizeof v);
  return bits;
}

Comparison f32(const std::vector<float>& got, const std::vector<double>& expected, Metric metric,
               const std::string& bound) {
  std::vector<std::uint64_t> bits;
  for (const float v : got) bits.push_back(bits_of(v));
  return compare_bits(ScalarType::f32, bits, {expected, {}}, metric, bound);
}

TEST(Compare, MaxAbsSeesTheWorstElementAndItsPlace) {
  const Comparison c = f32({1, 2.5f, 3}, {1, 2, 3.125}, Metric::max_abs, "0.25");
  EXPECT_FALSE(c.pass);
  EXPECT_EQ(c.worst, 0.5);
  EXPECT_EQ(c.at, 1u);
  EXPECT_EQ(c.beyond, 1u);
  EXPECT_TRUE(f32({1, 2.5f}, {1, 2}, Metric::max_abs, "0.5").pass) << "the bound itself is allowed";
}

TEST(Compare, TheBoundSeesTheLargestReference) {
  EXPECT_TRUE(f32({100.5f, 1}, {100, 1}, Metric::max_abs, "0.01 * max_abs_reference").pass);
  EXPECT_FALSE(f32({1.5f, 1}, {1, 1}, Metric::max_abs, "0.01 * max_abs_reference").pass);
}

TEST(Compare, RelativeErrorsAreOfTheExpectedValue) {
  EXPECT_TRUE(f32({1.01f, 1010}, {1, 1000}, Metric::max_rel, "0.0101").pass);
  EXPECT_FALSE(f32({1.02f, 1000}, {1, 1000}, Metric::max_rel, "0.0101").pass);
  EXPECT_TRUE(f32({0}, {0}, Metric::max_rel, "0").pass);
  EXPECT_FALSE(f32({1e-10f}, {0}, Metric::max_rel, "1").pass);
}

class EveryMetric : public testing::TestWithParam<Metric> {};

TEST_P(EveryMetric, NothingThatIsNotFinitePasses) {
  for (const double bad : {nan, infinity, -infinity}) {
    const Comparison c = f32({float(bad), 1}, {1, 1}, GetParam(), "1e300");
    EXPECT_FALSE(c.pass) << bad;
    EXPECT_FALSE(c.finite) << bad;
    EXPECT_GE(c.beyond, 1u) << bad;
  }
}

TEST_P(EveryMetric, ABoundThatIsNoNumberOrAnAnswerThatIsNoneLetsNothingPass) {
  for (const double bad : {nan, infinity, -infinity})
    EXPECT_FALSE(f32({1, 1}, {bad, 1}, GetParam(), "1e30").pass) << bad;
}

TEST_P(EveryMetric, EqualValuesPassWithNoTolerance) {
  EXPECT_TRUE(f32({0.5f, -2, 0}, {0.5, -2, 0}, GetParam(), GetParam() == Metric::cosine ? "1e-12" : "0").pass);
}

TEST_P(EveryMetric, IntegersAreComparedOneByOne) {
  Answer expected;
  expected.integer = {1, -2, 3};
  const auto minus_two = bits_of(std::int32_t(-2));
  EXPECT_TRUE(compare_bits(ScalarType::i32, {1, minus_two, 3}, expected, GetParam(), "0").pass);
  EXPECT_FALSE(compare_bits(ScalarType::i32, {1, minus_two, 4}, expected, GetParam(), "0").pass);
}

INSTANTIATE_TEST_SUITE_P(Metrics, EveryMetric,
                         testing::Values(Metric::max_abs, Metric::max_rel, Metric::ulp, Metric::exact, Metric::cosine),
                         [](const auto& row) { return std::string(name(row.param)); });

TEST(Compare, LargeIntegersDifferEvenWhereDoublesDoNot) {
  Answer expected;
  expected.integer = {(std::int64_t(1) << 60) + 1};
  EXPECT_FALSE(compare_bits(ScalarType::i64, {std::uint64_t(1) << 60}, expected, Metric::exact, "0").pass);
}

// One step to the neighbouring value is one unit, in every type.
TEST(Compare, UlpsAreOfTheOutputsOwnType) {
  struct Case {
    ScalarType type;
    std::uint64_t one, next;
  };
  for (const Case& c : {Case{ScalarType::f64, bits_of(1.0), bits_of(1.0) + 1},
                        {ScalarType::f32, bits_of(1.0f), bits_of(1.0f) + 1},
                        {ScalarType::f16, 0x3C00, 0x3C01},
                        {ScalarType::bf16, 0x3F80, 0x3F81},
                        {ScalarType::fp8, 0x38, 0x39}}) {
    EXPECT_EQ(compare_bits(c.type, {c.one}, {{1.0}, {}}, Metric::ulp, "0").worst, 0) << name(c.type);
    EXPECT_EQ(compare_bits(c.type, {c.next}, {{1.0}, {}}, Metric::ulp, "0").worst, 1) << name(c.type);
    EXPECT_FALSE(compare_bits(c.type, {c.next}, {{1.0}, {}}, Metric::ulp, "0").pass) << name(c.type);
  }
}

TEST(Compare, UlpsCountAcrossZero) {
  EXPECT_EQ(f32({-0.0f}, {0.0}, Metric::ulp, "0").worst, 0);
  const float tiny = std::numeric_limits<float>::denorm_min();
  EXPECT_EQ(f32({-tiny}, {double(tiny)}, Metric::ulp, "0").worst, 2);
  EXPECT_EQ(compare_bits(ScalarType::f64, {bits_of(-1.0)}, {{1.0}, {}}, Metric::ulp, "0").worst,
            2.0 * double(bits_of(1.0)));
}

TEST(Compare, ExactMeansTheAnswerRoundedToTheOutputsType) {
  EXPECT_TRUE(f32({0.1f}, {0.1}, Metric::exact, "0").pass);
  EXPECT_TRUE(
      compare_bits(ScalarType::f16, {*encode(Number(0.1), ScalarType::f16)}, {{0.1}, {}}, Metric::exact, "0").pass);
  EXPECT_FALSE(
      compare_bits(ScalarType::f16, {*encode(Number(0.1), ScalarType::f16) + 1}, {{0.1}, {}}, Metric::exact, "0").pass);
}

TEST(Compare, CosineIsOfTheWholeOutput) {
  EXPECT_TRUE(f32({1, 2, 3.001f}, {1, 2, 3}, Metric::cosine, "1e-6").pass);
  EXPECT_FALSE(f32({3, 2, 1}, {1, 2, 3}, Metric::cosine, "1e-6").pass);
  EXPECT_FALSE(f32({0, 0, 0}, {1, 2, 3}, Metric::cosine, "0.5").pass) << "nothing has no direction";
  EXPECT_TRUE(f32({0, 0}, {0, 0}, Metric::cosine, "0").pass);
}

TEST(Compare, ABoundThatCannotBeComputedIsTheTasksError) {
  BufferSpec buffer;
  buffer.name = "u";
  const std::vector<std::byte> got(4);
  const auto c = compare(buffer, got, {{0.0}, {}}, {Metric::max_abs, expression("1 / (nx - nx)")}, MapScope());
  ASSERT_FALSE(c);
  EXPECT_THAT(c.error().message, HasSubstr("[check] tolerance"));
}

TEST(Compare, DescriptionsNameTheElementByItsIndices) {
  Comparison c = f32({1, 2, 3, 9, 5, 6}, {1, 2, 3, 4, 5, 6}, Metric::max_abs, "0.5");
  const std::vector<std::uint64_t> shape = {2, 3};
  EXPECT_EQ(describe("u", c, shape),
            "u: 1 of 6 elements differ beyond tolerance 0.5, worst 5 at [1][0] (got 9, expected 4)");
  c = f32({1, float(nan), 3, 4, 5, 6}, {1, 2, 3, 4, 5, 6}, Metric::max_abs, "0.5");
  EXPECT_THAT(describe("u", c, shape), HasSubstr("not finite at [0][1] (got nan, expected 2)"));
}

}  // namespace
}  // namespace ridge
