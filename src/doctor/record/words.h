// How shares are written where people read them.
#pragma once

#include <string>

#include <fmt/format.h>

namespace ridge {

// "0.42 %", "1.2 %", "12 %": of a share or of a small log ratio.
inline std::string share_words(double share) {
  const double p = 100 * share;
  return p < 0.995 ? fmt::format("{:.2f} %", p) : p < 9.95 ? fmt::format("{:.1f} %", p) : fmt::format("{:.0f} %", p);
}

}  // namespace ridge
