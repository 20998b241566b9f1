// What the C++ form of an expression (Expression::to_cpp) is written against: the same arithmetic as Ridgeline's own
// evaluator, for a library that has to decide at run time what a plan says. Self-contained, C++20.
//
// Names stand as they are, so symbols of the expression are variables (std::int64_t or double) where it is pasted,
// `dev` an object with the device facts, and occupancy(text) a function that the user of occupancy("kernel") adds to
// this namespace.
//
// Integers are 64-bit and checked, reals are double. What the evaluator reports as an error throws std::domain_error
// here.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>

namespace ridge::expr {

struct Value {
  bool is_integer = true;
  std::int64_t i = 0;
  double r = 0;
  Value(std::int64_t v) : i(v), r(double(v)) {}
  Value(int v) : Value(std::int64_t(v)) {}
  Value(bool v) : Value(std::int64_t(v)) {}
  Value(double v) : is_integer(false), r(v) {
    if (!std::isfinite(v)) throw std::domain_error("the result is not finite");
  }
};

inline bool truth(Value v) {
  return v.is_integer ? v.i != 0 : v.r != 0;
}
inline Value boolean(bool v) {
  return Value(v);
}
inline Value logical_not(Value v) {
  return Value(!truth(v));
}

inline std::int64_t integer(Value v) {
  if (!v.is_integer) throw std::domain_error("an integer is needed");
  return v.i;
}
inline bool both(Value a, Value b) {
  return a.is_integer && b.is_integer;
}

inline Value add(Value a, Value b) {
  std::int64_t r;
  if (!both(a, b)) return Value(a.r + b.r);
  if (__builtin_add_overflow(a.i, b.i, &r)) throw std::domain_error("overflow");
  return Value(r);
}
inline Value sub(Value a, Value b) {
  std::int64_t r;
  if (!both(a, b)) return Value(a.r - b.r);
  if (__builtin_sub_overflow(a.i, b.i, &r)) throw std::domain_error("overflow");
  return Value(r);
}
inline Value mul(Value a, Value b) {
  std::int64_t r;
  if (!both(a, b)) return Value(a.r * b.r);
  if (__builtin_mul_overflow(a.i, b.i, &r)) throw std::domain_error("overflow");
  return Value(r);
}
inline Value div(Value a, Value b) {
  if (b.r == 0) throw std::domain_error("division by zero");
  return Value(a.r / b.r);
}
inline Value floor_div(Value a, Value b) {
  const std::int64_t x = integer(a), y = integer(b);
  if (y == 0) throw std::domain_error("division by zero");
  if (x == std::numeric_limits<std::int64_t>::min() && y == -1) throw std::domain_error("overflow");
  return Value(x / y - (x % y != 0 && (x < 0) != (y < 0)));
}
inline Value mod(Value a, Value b) {
  const std::int64_t x = integer(a), y = integer(b);
  if (y == 0) throw std::domain_error("division by zero");
  if (y == -1) return Value(0);
  const std::int64_t m = x % y;
  return Value(m != 0 && (m < 0) != (y < 0) ? m + y : m);
}
inline Value neg(Value a) {
  return a.is_integer ? sub(Value(0), a) : Value(-a.r);
}
inline Value pos(Value a) {
  return a;
}

inline int shift(Value b) {
  const std::int64_t n = integer(b);
  if (n < 0 || n > 63) throw std::domain_error("a shift outside [0, 63]");
  return int(n);
}
inline Value shl(Value a, Value b) {
  const std::int64_t x = integer(a), r = std::int64_t(std::uint64_t(x) << shift(b));
  if (r >> shift(b) != x) throw std::domain_error("overflow");
  return Value(r);
}
inline Value shr(Value a, Value b) {
  return Value(integer(a) >> shift(b));
}
inline Value bit_and(Value a, Value b) {
  return Value(integer(a) & integer(b));
}
inline Value bit_or(Value a, Value b) {
  return Value(integer(a) | integer(b));
}
inline Value bit_xor(Value a, Value b) {
  return Value(integer(a) ^ integer(b));
}
inline Value bit_not(Value a) {
  return Value(~integer(a));
}

inline Value lt(Value a, Value b) {
  return both(a, b) ? Value(a.i < b.i) : Value(a.r < b.r);
}
inline Value le(Value a, Value b) {
  return both(a, b) ? Value(a.i <= b.i) : Value(a.r <= b.r);
}
inline Value gt(Value a, Value b) {
  return lt(b, a);
}
inline Value ge(Value a, Value b) {
  return le(b, a);
}
inline Value eq(Value a, Value b) {
  return both(a, b) ? Value(a.i == b.i) : Value(a.r == b.r);
}
inline Value ne(Value a, Value b) {
  return logical_not(eq(a, b));
}

inline Value rounded(double r) {
  if (!(r >= -0x1p63 && r < 0x1p63)) throw std::domain_error("overflow");
  return Value(std::int64_t(r));
}
inline Value floor(Value a) {
  return a.is_integer ? a : rounded(std::floor(a.r));
}
inline Value ceil(Value a) {
  return a.is_integer ? a : rounded(std::ceil(a.r));
}
inline Value ceil_div(Value a, Value b) {
  const std::int64_t x = integer(a), y = integer(b);
  if (y == 0) throw std::domain_error("division by zero");
  if (x == std::numeric_limits<std::int64_t>::min() && y == -1) throw std::domain_error("overflow");
  return Value(x / y + (x % y != 0 && (x < 0) == (y < 0)));
}
// The type depends on the types of all arguments, not on their values.
inline Value min(Value a, Value b) {
  const Value least = truth(lt(b, a)) ? b : a;
  return both(a, b) ? least : Value(least.r);
}
inline Value max(Value a, Value b) {
  const Value most = truth(gt(b, a)) ? b : a;
  return both(a, b) ? most : Value(most.r);
}
template <class... More>
Value min(Value a, Value b, More... more) {
  return min(min(a, b), more...);
}
template <class... More>
Value max(Value a, Value b, More... more) {
  return max(max(a, b), more...);
}
inline Value abs(Value a) {
  return a.is_integer ? (a.i < 0 ? neg(a) : a) : Value(std::fabs(a.r));
}
inline Value sqrt(Value a) {
  return Value(std::sqrt(a.r));
}
inline Value exp(Value a) {
  return Value(std::exp(a.r));
}
inline Value ln(Value a) {
  return Value(std::log(a.r));
}
inline Value pow(Value a, Value b) {
  return Value(std::pow(a.r, b.r));
}
inline Value ipow(Value a, Value b) {
  std::int64_t n = integer(b);
  const std::int64_t base = integer(a);
  if (n < 0) throw std::domain_error("a negative exponent");
  if (base == 0 || base == 1) return Value(n == 0 ? std::int64_t(1) : base);
  if (base == -1) return Value(n % 2 == 0 ? 1 : -1);
  Value out(1);
  for (; n > 0; --n) out = mul(out, Value(base));  // at most 63 rounds before an overflow
  return out;
}
inline Value ilog2(Value a) {
  if (integer(a) <= 0) throw std::domain_error("ilog2 of a number that is not positive");
  return Value(std::int64_t(63 - std::countl_zero(std::uint64_t(a.i))));
}
inline Value next_pow2(Value a) {
  const std::int64_t n = integer(a);
  if (n > (std::int64_t(1) << 62)) throw std::domain_error("overflow");
  if (n <= 0) throw std::domain_error("next_pow2 of a number that is not positive");
  return Value(std::int64_t(std::bit_ceil(std::uint64_t(n))));
}

}  // namespace ridge::expr
