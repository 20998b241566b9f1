#include "kernel/types.h"

#include <cmath>
#include <cstring>

#include <gmock/gmock.h>

#include "base/random.h"
#include "kernel/verdict.h"

namespace ridge {
namespace {

constexpr ScalarType all_types[] = {ScalarType::f64, ScalarType::f32,    ScalarType::f16, ScalarType::bf16,
                                    ScalarType::fp8, ScalarType::i8,     ScalarType::u8,  ScalarType::i16,
                                    ScalarType::u16, ScalarType::i32,    ScalarType::u32, ScalarType::i64,
                                    ScalarType::u64, ScalarType::boolean};

TEST(Types, NamesReadBack) {
  for (const ScalarType t : all_types) EXPECT_EQ(scalar_type_of(name(t)), t);
  for (const Dialect d : {Dialect::cpp, Dialect::cuda, Dialect::opencl, Dialect::metal}) {
    EXPECT_EQ(dialect_of(name(d)), d);
    EXPECT_EQ(dialect_of_extension(extension(d)), d);
  }
  for (const Access a : {Access::in, Access::out, Access::inout}) EXPECT_EQ(access_of(name(a)), a);
  EXPECT_EQ(scalar_type_of("float"), std::nullopt);
  EXPECT_EQ(dialect_of_extension(".cu"), Dialect::cuda);
}

TEST(Verdicts, NamesReadBack) {
  for (int i = 0; i <= int(Verdict::ok); ++i) EXPECT_EQ(verdict_of(name(Verdict(i))), Verdict(i));
  for (int i = 0; i <= int(Reason::duplicate); ++i) {
    EXPECT_EQ(reason_of(name(Reason(i))), Reason(i));
    EXPECT_FALSE(describe(Reason(i)).empty());
  }
  EXPECT_EQ(reason_of("unheard_of"), std::nullopt);
}

TEST(Encode, KnownBits) {
  const auto bits = [](Number n, ScalarType t) { return encode(n, t).value(); };
  EXPECT_EQ(bits(1.0, ScalarType::f16), 0x3C00u);
  EXPECT_EQ(bits(65504.0, ScalarType::f16), 0x7BFFu);
  EXPECT_EQ(bits(0x1p-24, ScalarType::f16), 0x0001u);
  EXPECT_EQ(bits(-0.0, ScalarType::f16), 0x8000u);
  EXPECT_EQ(bits(1.0, ScalarType::bf16), 0x3F80u);
  EXPECT_EQ(bits(448, ScalarType::fp8), 0x7Eu);
  EXPECT_EQ(bits(-1, ScalarType::fp8), 0xB8u);
  EXPECT_EQ(bits(-1, ScalarType::i8), 0xFFu);
  EXPECT_EQ(bits(0.25, ScalarType::f32), 0x3E800000u);
  EXPECT_EQ(bits(1, ScalarType::boolean), 1u);
  EXPECT_EQ(bits(INT64_MIN, ScalarType::i64), 0x8000000000000000u);
}

// Ties to even: halfway between two neighbours goes to the one whose last bit is 0.
TEST(Encode, RoundsToNearestEven) {
  EXPECT_EQ(encode(1 + 0x1p-11, ScalarType::f16).value(), 0x3C00u);
  EXPECT_EQ(encode(1 + 3 * 0x1p-11, ScalarType::f16).value(), 0x3C02u);
  EXPECT_EQ(encode(1 + 0x1p-8, ScalarType::bf16).value(), 0x3F80u);
  EXPECT_EQ(encode(65519.0, ScalarType::f16).value(), 0x7BFFu);
  EXPECT_FALSE(encode(65520.0, ScalarType::f16));
}

TEST(Encode, RefusesWhatDoesNotFit) {
  const std::pair<Number, ScalarType> cases[] = {{128, ScalarType::i8},        {-1, ScalarType::u8},
                                                 {256, ScalarType::u8},        {INT64_C(1) << 31, ScalarType::i32},
                                                 {-1, ScalarType::u64},        {2, ScalarType::boolean},
                                                 {0.5, ScalarType::i32},       {2.0, ScalarType::i32},
                                                 {1e39, ScalarType::f32},      {1e6, ScalarType::f16},
                                                 {1e300, ScalarType::bf16},    {1000, ScalarType::fp8},
                                                 {465, ScalarType::fp8},       {200000.0, ScalarType::f16},
                                                 {-200000.0, ScalarType::f16}, {INFINITY, ScalarType::f64},
                                                 {NAN, ScalarType::f32},       {std::nan(""), ScalarType::f16}};
  for (const auto& [value, type] : cases) EXPECT_FALSE(encode(value, type)) << value.text() << " " << name(type);
}

TEST(Encode, EveryHalfReadsBack) {
  for (const ScalarType t : {ScalarType::f16, ScalarType::bf16}) {
    for (unsigned bits = 0; bits < 0x10000; ++bits) {
      const auto held = std::uint16_t(bits);
      const double value = decode(&held, t);
      if (!std::isfinite(value)) continue;
      ASSERT_EQ(encode(value, t).value(), bits) << name(t);
    }
  }
  for (unsigned bits = 0; bits < 0x100; ++bits) {
    const auto held = std::uint8_t(bits);
    const double value = decode(&held, ScalarType::fp8);
    if (std::isfinite(value)) {
      ASSERT_EQ(encode(value, ScalarType::fp8).value(), bits);
    }
  }
}

TEST(Encode, F16AgreesWithTheCompiler) {
  Rng rng(1);
  for (int i = 0; i < 20000; ++i) {
    const double x = rng.normal() * std::pow(2.0, double(rng.integer(-26, 14)));
    if (std::fabs(x) > 65000) continue;
    const auto half = _Float16(x);
    std::uint16_t bits;
    std::memcpy(&bits, &half, 2);
    ASSERT_EQ(encode(x, ScalarType::f16).value(), bits) << x;
  }
}

TEST(Bind, GivesValuesAsTheTypeHoldsThem) {
  Interface i;
  i.symbols = {{"n", ScalarType::i32, 1, 100}, {"a", ScalarType::f32, 0.0, 1.0}};
  i.derived = {{"twice", Expression::parse("2 * n").value()}, {"four", Expression::parse("2 * twice").value()}};
  const auto scope = ridge::bind(i, Binding{{"n", 5}, {"a", 0.1}});
  ASSERT_TRUE(scope);
  EXPECT_EQ(scope->symbol("a"), Number(double(0.1f)));
  EXPECT_EQ(scope->symbol("four"), Number(20));
  EXPECT_THAT(ridge::bind(i, Binding{{"n", 5}}).error().message, testing::HasSubstr("\"a\" is not bound"));
  EXPECT_THAT(ridge::bind(i, Binding{{"n", 0.5}, {"a", 0.1}}).error().message, testing::HasSubstr("\"n\""));
  EXPECT_THAT(ridge::bind(i, Binding{{"n", 5}, {"a", 1}, {"m", 1}}).error().message,
              testing::HasSubstr("unknown symbol \"m\""));
}

TEST(Parameters, AreTextAsAMacroSeesThem) {
  EXPECT_EQ(text(ParameterValue(std::int64_t(8))), "8");
  EXPECT_EQ(text(ParameterValue(0.5)), "0.5");
  EXPECT_EQ(text(ParameterValue(true)), "1");
  EXPECT_EQ(text(ParameterValue(std::string("-O3 -g"))), "-O3 -g");
}

}  // namespace
}  // namespace ridge
