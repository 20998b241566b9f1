#include "evaluate/compare.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

namespace ridge {
namespace {

// A value of a real type as an integer that grows with it, neighbours differing by one: bits are ordered like
// magnitudes, negative ones are folded below zero.
std::int64_t order(std::uint64_t bits, ScalarType type) {
  const std::uint64_t sign = std::uint64_t{1} << (8 * size_of(type) - 1);
  const auto magnitude = std::int64_t(bits & (sign - 1));
  return bits & sign ? -magnitude : magnitude;
}

// The expected value as the output's own type holds it; a value beyond that type's range has no bits.
std::optional<std::uint64_t> rounded(double expected, ScalarType type) {
  const auto bits = encode(Number(expected), type);
  return bits ? std::optional(*bits) : std::nullopt;
}

// Distance in units in the last place of the output's own type.
double ulps(const std::byte* got, double expected, ScalarType type) {
  const auto wanted = rounded(expected, type);
  if (!wanted) return std::numeric_limits<double>::infinity();
  std::uint64_t bits = 0;
  std::memcpy(&bits, got, size_of(type));
  const std::int64_t a = order(bits, type), b = order(*wanted, type);
  // Two orders of opposite sign may lie further apart than a signed number holds.
  return double(a < b ? std::uint64_t(b) - std::uint64_t(a) : std::uint64_t(a) - std::uint64_t(b));
}

// "exact" means: the answer rounded to the output's type.
double exact_error(double got, double expected, ScalarType type) {
  const auto bits = rounded(expected, type);
  return std::fabs(got - (bits ? decode(&*bits, type) : expected));
}

double cosine_distance(std::span<const std::byte> got, std::size_t size, ScalarType type,
                       const std::vector<double>& expected) {
  double dot = 0, a = 0, b = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double g = decode(got.data() + i * size, type);
    dot += g * expected[i];
    a += g * g;
    b += expected[i] * expected[i];
  }
  if (a == 0 && b == 0) return 0;
  if (a == 0 || b == 0) return 1;
  return 1 - dot / std::sqrt(a * b);
}

std::int64_t integer_at(const std::byte* p, ScalarType type) {
  std::uint64_t bits = 0;
  const std::size_t size = size_of(type);
  std::memcpy(&bits, p, size);
  const bool is_signed =
      type == ScalarType::i8 || type == ScalarType::i16 || type == ScalarType::i32 || type == ScalarType::i64;
  if (is_signed && size < 8 && (bits >> (8 * size - 1) & 1)) bits |= ~std::uint64_t{0} << 8 * size;
  return std::int64_t(bits);
}

// The common case, a right f32 output under max_abs, at memory speed: the largest error, or nothing when any element is
// beyond.
std::optional<double> worst_if_right(std::span<const std::byte> got, const std::vector<double>& expected,
                                     double tolerance) {
  // Eight elements side by side: a compiler may not reorder a maximum of doubles by itself.
  constexpr std::size_t wide = 8;
  double worst[wide] = {};
  unsigned beyond[wide] = {};
  const auto look = [&](std::size_t i, std::size_t lane) {
    float g = 0;
    std::memcpy(&g, got.data() + i * sizeof g, sizeof g);
    const double error = std::fabs(double(g) - expected[i]);
    beyond[lane] |= unsigned(!(error <= tolerance));  // true for NaN
    worst[lane] = error > worst[lane] ? error : worst[lane];
  };
  std::size_t at = 0;
  for (; at + wide <= expected.size(); at += wide)
    for (std::size_t lane = 0; lane < wide; ++lane) look(at + lane, lane);
  for (; at < expected.size(); ++at) look(at, 0);
  bool right = true;
  for (std::size_t lane = 0; lane < wide; ++lane) {
    right = right && beyond[lane] == 0;
    worst[0] = std::max(worst[0], worst[lane]);
  }
  if (!right) return std::nullopt;
  return worst[0];
}

// Integers that are what they should be, all of them.
template <class T>
bool all_equal(std::span<const std::byte> got, const std::vector<std::int64_t>& expected) {
  std::uint64_t differ = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    T g = 0;
    std::memcpy(&g, got.data() + i * sizeof g, sizeof g);
    differ |= std::uint64_t(std::int64_t(g)) ^ std::uint64_t(expected[i]);
  }
  return differ == 0;
}
bool right_integers(std::span<const std::byte> got, const std::vector<std::int64_t>& expected, ScalarType type) {
  switch (type) {
    case ScalarType::i8:
      return all_equal<std::int8_t>(got, expected);
    case ScalarType::u8:
      return all_equal<std::uint8_t>(got, expected);
    case ScalarType::i32:
      return all_equal<std::int32_t>(got, expected);
    case ScalarType::u32:
      return all_equal<std::uint32_t>(got, expected);
    default:
      return false;  // the long way round
  }
}

}  // namespace

double max_abs_of(const Answer& answer) {
  double largest = 0;
  for (const double v : answer.real) largest = std::max(largest, std::fabs(v));
  for (const std::int64_t v : answer.integer) largest = std::max(largest, std::fabs(double(v)));
  return largest;
}

Result<double> tolerance_of(const Answer& expected, const Tolerance& tolerance, const MapScope& scope) {
  const double largest = expected.max_abs >= 0 ? expected.max_abs : max_abs_of(expected);
  MapScope with = scope;
  with.set("max_abs_reference", Number(largest));
  auto bound = tolerance.bound.evaluate(with);
  if (!bound) return within("[check] tolerance = \"" + tolerance.bound.text() + "\"", bound.error());
  return bound->real();
}

Result<Comparison> compare(const BufferSpec& buffer, std::span<const std::byte> got, const Answer& expected,
                           const Tolerance& tolerance, const MapScope& scope) {
  Comparison c;
  RIDGE_TRY(c.tolerance, tolerance_of(expected, tolerance, scope));
  const std::size_t size = size_of(buffer.type);
  c.elements = got.size() / size;
  const bool integer = !is_real(buffer.type);
  const std::size_t answers = integer ? expected.integer.size() : expected.real.size();
  RIDGE_CHECK(answers == c.elements, "an output and its answer have the same shape");
  if (buffer.type == ScalarType::f32 && tolerance.metric == Metric::max_abs)
    if (const auto worst = worst_if_right(got, expected.real, c.tolerance)) {
      c.worst = *worst;
      c.pass = true;
      return c;
    }
  if (integer && c.tolerance >= 0 && right_integers(got, expected.integer, buffer.type)) {
    c.pass = true;
    return c;
  }
  for (std::uint64_t i = 0; i < c.elements; ++i) {
    const std::byte* p = got.data() + i * size;
    double g = 0, e = 0, error = 0;
    if (integer) {
      const std::int64_t gi = integer_at(p, buffer.type), ei = expected.integer[i];
      g = double(gi);
      e = double(ei);
      error = gi == ei ? 0 : std::max(1.0, std::fabs(g - e));
    } else {
      g = decode(p, buffer.type);
      e = expected.real[i];
      if (!std::isfinite(g)) {
        if (c.finite) c.at = i, c.got = g, c.expected = e;
        c.finite = false;
        ++c.beyond;
        continue;
      }
      switch (tolerance.metric) {
        case Metric::max_abs:
        case Metric::cosine:
        case Metric::custom:
          error = std::fabs(g - e);
          break;
        case Metric::max_rel:
          error = g == e ? 0 : std::fabs(g - e) / std::max(std::fabs(e), std::numeric_limits<float>::min() * 1.0);
          break;
        case Metric::ulp:
          error = ulps(p, e, buffer.type);
          break;
        case Metric::exact:
          error = exact_error(g, e, buffer.type);
          break;
      }
    }
    const bool elementwise = integer || tolerance.metric != Metric::cosine;  // integers have no direction
    if (elementwise && !(error <= c.tolerance)) ++c.beyond;
    if (c.finite && error > c.worst) c.worst = error, c.at = i, c.got = g, c.expected = e;
  }
  if (tolerance.metric == Metric::cosine && c.finite && !integer) {
    c.worst = cosine_distance(got, size, buffer.type, expected.real);
    if (!(c.worst <= c.tolerance)) c.beyond = c.elements;
  }
  c.pass = c.finite && c.beyond == 0;
  return c;
}

std::string describe(const std::string& buffer, const Comparison& c, std::span<const std::uint64_t> shape) {
  std::string index;
  std::uint64_t rest = c.at;
  for (std::size_t d = shape.size(); d-- > 0;) {
    index = fmt::format("[{}]", rest % shape[d]) + index;
    rest /= shape[d];
  }
  if (!c.finite)
    return fmt::format("{}: {} of {} elements wrong, not finite at {} (got {}, expected {:.6g})", buffer, c.beyond,
                       c.elements, index, c.got, c.expected);
  return fmt::format(
      "{}: {} of {} elements differ beyond tolerance {:.3g}, worst {:.3g} at {} (got {:.6g}, expected {:.6g})", buffer,
      c.beyond, c.elements, c.tolerance, c.worst, index, c.got, c.expected);
}

}  // namespace ridge
