// The noise of one machine by how long a call takes: a call of microseconds and one of milliseconds feel different
// things. Measured by `ridgeline doctor`, used where claims need a margin.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "measure/mde.h"

namespace ridge::measure {

struct DurationClass {
  std::string_view name;  // "20–200 µs"
  double from_s = 0, to_s = 0;
};
inline constexpr std::size_t duration_class_count = 5;
const std::array<DurationClass, duration_class_count>& duration_classes();  // ascending, without gaps
std::size_t duration_class_of(double seconds);

struct NoiseTable {
  std::array<Noise, duration_class_count> classes{};  // no pairs: not measured
  bool empty() const;
  // Of the class of a call that takes so long, or of the nearest class that was measured (of two equally near ones the
  // noisier); nothing when none was.
  Noise at(double seconds) const;
};

// The smallest difference that can be told here by a duel of `blocks` blocks, as a log ratio: the minimum detectable
// effect, and not less than two spreads between processes.
double distinguishable(const Noise& noise, std::size_t blocks = 64);

}  // namespace ridge::measure
