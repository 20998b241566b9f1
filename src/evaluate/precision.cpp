// Is a wrong result the result of a lower precision? Two signs, each of which would be a strange accident otherwise:
// the outputs are right for inputs that were rounded to a lower type, or every output is a value of a lower type.
// The tolerance has already refused the candidate; this names what it did.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "evaluate/compare.h"
#include "evaluate/internal/state.h"

namespace ridge {
namespace {

struct Format {
  const char* name;
  int significant_bits;  // with the leading one
  double largest;
};
// Lowest first: what bf16 holds, tf32 and f32 hold too.
constexpr Format kFormats[] = {{"fp8", 4, 448},
                               {"bf16", 8, 3.3895313892515355e38},
                               {"f16", 11, 65504},
                               {"tf32", 11, 3.4028234663852886e38},
                               {"f32", 24, 3.4028234663852886e38}};
constexpr std::uint64_t least_elements = 24;  // fewer may be short numbers by chance

int bits_of(ScalarType t) {
  switch (t) {
    case ScalarType::f64:
      return 53;
    case ScalarType::f32:
      return 24;
    case ScalarType::f16:
      return 11;
    case ScalarType::bf16:
      return 8;
    default:
      return 0;
  }
}

double rounded(double x, const Format& f) {
  if (x == 0 || !std::isfinite(x)) return x;
  int exponent = 0;
  std::frexp(x, &exponent);
  const double unit = std::ldexp(1.0, exponent - f.significant_bits);
  const double r = std::nearbyint(x / unit) * unit;
  return std::clamp(r, -f.largest, f.largest);
}

void put(std::byte* to, double x, ScalarType type) {
  const auto bits = encode(Number(x), type);
  if (bits) std::memcpy(to, &*bits, size_of(type));
}

// Every element is a value of the lower format, in a type that holds finer ones.
bool all_representable(std::span<const std::byte> bytes, ScalarType type, const Format& f) {
  const std::size_t size = size_of(type), n = bytes.size() / size;
  if (n < least_elements) return false;
  std::uint64_t different = 0;
  double last = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double x = decode(bytes.data() + i * size, type);
    if (!std::isfinite(x) || rounded(x, f) != x) return false;
    different += x != last;
    last = x;
  }
  return different >= least_elements;  // constants and counts are values of every format
}

}  // namespace

Result<std::string> lower_precision(Evaluator::State& s, Bench& bench, std::size_t set, const Workload& w,
                                    const Draw& draw) {
  const Interface& interface = s.task->interface;
  std::vector<std::vector<std::byte>> got(interface.buffers.size());
  bool any = false;
  for (std::size_t b = 0; b < got.size(); ++b) {
    if (interface.buffers[b].access == Access::in) continue;
    RIDGE_TRY(got[b], bench.output(set, b));
    any = any || is_real(interface.buffers[b].type);
  }
  if (!any) return std::string();
  RIDGE_TRY(const MapScope scope, bind(interface, w.binding));
  for (const Format& f : kFormats) {
    // Rounding is only lower where some input is finer.
    Draw coarse;
    coarse.seed = draw.seed;
    coarse.inputs = draw.inputs;
    bool rounds = false;
    for (std::size_t b = 0; b < coarse.inputs.size(); ++b) {
      const ScalarType type = interface.buffers[b].type;
      if (bits_of(type) <= f.significant_bits) continue;
      auto& bytes = coarse.inputs[b];
      for (std::size_t i = 0; i + size_of(type) <= bytes.size(); i += size_of(type)) {
        const double x = decode(bytes.data() + i, type), r = rounded(x, f);
        rounds = rounds || r != x;
        put(bytes.data() + i, r, type);
      }
    }
    if (rounds) {
      RIDGE_TRY_VOID(s.draws.answer(w, coarse));
      bool right = true;
      for (std::size_t b = 0; b < got.size() && right; ++b) {
        if (interface.buffers[b].access == Access::in) continue;
        const Tolerance& tolerance = s.task->check.of(interface.buffers[b].name);
        if (tolerance.metric == Metric::custom) right = false;
        if (!right) break;
        RIDGE_TRY(const Comparison c, compare(interface.buffers[b], got[b], coarse.answers[b], tolerance, scope));
        right = c.pass;
      }
      if (right) return fmt::format("right for inputs rounded to {}", f.name);
    }
    for (std::size_t b = 0; b < got.size(); ++b)
      if (bits_of(interface.buffers[b].type) > f.significant_bits &&
          all_representable(got[b], interface.buffers[b].type, f))
        return fmt::format("every element of {} is a value of {}", interface.buffers[b].name, f.name);
  }
  return std::string();
}

}  // namespace ridge
