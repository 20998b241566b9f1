// Numbers as memory holds them. The small real formats share one rounding: to nearest, ties to even, straight from
// double.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "kernel/types.h"

namespace ridge {

namespace {

struct SmallReal {
  int mantissa, min_exponent, sign_bit;
  std::uint64_t largest;  // bits of the largest finite value
  bool infinities;  // the exponent field of all ones holds infinities and NaNs; otherwise only its last value is NaN
};
constexpr SmallReal f16_format = {10, -14, 15, 0x7BFF, true};
constexpr SmallReal bf16_format = {7, -126, 15, 0x7F7F, true};
constexpr SmallReal e4m3_format = {3, -6, 7, 0x7E, false};

// Without the sign; may exceed `largest`.
std::uint64_t magnitude_bits(double x, const SmallReal& f) {
  const double magnitude = std::fabs(x);
  std::uint64_t bits = 0;
  if (magnitude > 0) {
    int exponent = 0;
    std::frexp(magnitude, &exponent);
    exponent = std::max(exponent - 1, f.min_exponent);
    // The implicit bit adds one to the exponent field, and a carry out of rounding adds one more: both are right.
    const double steps = std::nearbyint(std::ldexp(magnitude, f.mantissa - exponent));
    bits = (std::uint64_t(exponent - f.min_exponent) << f.mantissa) + std::uint64_t(steps);
  }
  return bits;
}

double small_value(std::uint64_t bits, const SmallReal& f) {
  const double sign = (bits >> f.sign_bit & 1) ? -1.0 : 1.0;
  const std::uint64_t magnitude = bits & ((std::uint64_t(1) << f.sign_bit) - 1);
  const std::uint64_t fraction = magnitude & ((std::uint64_t(1) << f.mantissa) - 1);
  if (magnitude > f.largest)
    return f.infinities && fraction == 0 ? sign * std::numeric_limits<double>::infinity()
                                         : std::numeric_limits<double>::quiet_NaN();
  const auto field = int(magnitude >> f.mantissa);
  const std::uint64_t steps = field == 0 ? fraction : fraction | (std::uint64_t(1) << f.mantissa);
  return sign * std::ldexp(double(steps), f.min_exponent + std::max(field, 1) - 1 - f.mantissa);
}

std::unexpected<Error> does_not_fit(const Number& value, ScalarType type) {
  return invalid("{} does not fit {}", value.text(), name(type));
}

Result<std::uint64_t> small_checked(const Number& value, ScalarType type, const SmallReal& f) {
  if (!std::isfinite(value.real())) return does_not_fit(value, type);
  // Far outside the range the step count itself would not fit an integer.
  if (std::fabs(value.real()) > 4 * small_value(f.largest, f)) return does_not_fit(value, type);
  const std::uint64_t bits = magnitude_bits(value.real(), f);
  if (bits > f.largest) return does_not_fit(value, type);
  return bits | (std::uint64_t(std::signbit(value.real())) << f.sign_bit);
}

template <class T>
Result<std::uint64_t> integer_bits(const Number& value, ScalarType type) {
  if (!value.is_integer())
    return invalid("{} is a real and does not fit {} (use floor, // or another type)", value.text(), name(type));
  const std::int64_t v = value.integer();
  if constexpr (std::is_unsigned_v<T>) {
    if (v < 0 || std::uint64_t(v) > std::uint64_t(std::numeric_limits<T>::max())) return does_not_fit(value, type);
  } else {
    if (v < std::numeric_limits<T>::min() || v > std::numeric_limits<T>::max()) return does_not_fit(value, type);
  }
  return std::uint64_t(std::make_unsigned_t<T>(v));
}

template <class T>
double decode_as(const void* element) {
  T value;
  std::memcpy(&value, element, sizeof value);
  return double(value);
}

template <class T>
double decode_small(const void* element, const SmallReal& f) {
  T bits;
  std::memcpy(&bits, element, sizeof bits);
  return small_value(bits, f);
}

}  // namespace

Result<std::uint64_t> encode(Number value, ScalarType type) {
  switch (type) {
    case ScalarType::f64:
      if (!std::isfinite(value.real())) return does_not_fit(value, type);
      return std::bit_cast<std::uint64_t>(value.real());
    case ScalarType::f32: {
      // Beyond the midpoint to 2^128 rounding gives infinity; the cast of a double that far out would be undefined.
      if (!(std::fabs(value.real()) < 0x1.ffffffp127)) return does_not_fit(value, type);
      return std::bit_cast<std::uint32_t>(float(value.real()));
    }
    case ScalarType::f16:
      return small_checked(value, type, f16_format);
    case ScalarType::bf16:
      return small_checked(value, type, bf16_format);
    case ScalarType::fp8:
      return small_checked(value, type, e4m3_format);
    case ScalarType::i8:
      return integer_bits<std::int8_t>(value, type);
    case ScalarType::u8:
      return integer_bits<std::uint8_t>(value, type);
    case ScalarType::i16:
      return integer_bits<std::int16_t>(value, type);
    case ScalarType::u16:
      return integer_bits<std::uint16_t>(value, type);
    case ScalarType::i32:
      return integer_bits<std::int32_t>(value, type);
    case ScalarType::u32:
      return integer_bits<std::uint32_t>(value, type);
    case ScalarType::i64:
      return integer_bits<std::int64_t>(value, type);
    case ScalarType::u64:
      return integer_bits<std::uint64_t>(value, type);
    case ScalarType::boolean:
      if (!value.is_integer() || value.integer() < 0 || value.integer() > 1)
        return invalid("{} does not fit bool (0 or 1)", value.text());
      return std::uint64_t(value.integer());
  }
  return invalid("unknown type");
}

double decode(const void* element, ScalarType type) {
  switch (type) {
    case ScalarType::f64:
      return decode_as<double>(element);
    case ScalarType::f32:
      return decode_as<float>(element);
    case ScalarType::f16:
      return decode_small<std::uint16_t>(element, f16_format);
    case ScalarType::bf16:
      return decode_small<std::uint16_t>(element, bf16_format);
    case ScalarType::fp8:
      return decode_small<std::uint8_t>(element, e4m3_format);
    case ScalarType::i8:
      return decode_as<std::int8_t>(element);
    case ScalarType::u8:
      return decode_as<std::uint8_t>(element);
    case ScalarType::i16:
      return decode_as<std::int16_t>(element);
    case ScalarType::u16:
      return decode_as<std::uint16_t>(element);
    case ScalarType::i32:
      return decode_as<std::int32_t>(element);
    case ScalarType::u32:
      return decode_as<std::uint32_t>(element);
    case ScalarType::i64:
      return decode_as<std::int64_t>(element);
    case ScalarType::u64:
      return decode_as<std::uint64_t>(element);
    // A byte other than 0 and 1 is no valid bool: it shows as itself, so that a comparison sees it.
    case ScalarType::boolean:
      return decode_as<std::uint8_t>(element);
  }
  return 0;
}

}  // namespace ridge
