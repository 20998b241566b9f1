#include "measure/noise_table.h"

#include <algorithm>
#include <limits>

namespace ridge::measure {

const std::array<DurationClass, duration_class_count>& duration_classes() {
  static constexpr std::array<DurationClass, duration_class_count> classes = {{
      {"< 5 µs", 0, 5e-6},
      {"5–20 µs", 5e-6, 20e-6},
      {"20–200 µs", 20e-6, 200e-6},
      {"0.2–5 ms", 200e-6, 5e-3},
      {"> 5 ms", 5e-3, std::numeric_limits<double>::infinity()},
  }};
  return classes;
}

std::size_t duration_class_of(double seconds) {
  const auto& all = duration_classes();
  std::size_t i = 0;
  while (i + 1 < all.size() && !(seconds < all[i].to_s)) ++i;
  return i;
}

bool NoiseTable::empty() const {
  return std::ranges::all_of(classes, [](const Noise& n) { return n.pairs == 0; });
}

Noise NoiseTable::at(double seconds) const {
  const auto wanted = std::ptrdiff_t(duration_class_of(seconds));
  for (std::ptrdiff_t away = 0; away < std::ptrdiff_t(classes.size()); ++away) {
    const Noise* found = nullptr;
    for (const std::ptrdiff_t i : {wanted - away, wanted + away}) {
      if (i < 0 || i >= std::ptrdiff_t(classes.size())) continue;
      const Noise& n = classes[std::size_t(i)];
      if (n.pairs > 0 && (!found || n.sigma_p > found->sigma_p)) found = &n;
    }
    if (found) return *found;
  }
  return {};
}

double distinguishable(const Noise& noise, std::size_t blocks) {
  return std::max(minimum_detectable_effect(noise.sigma_d, blocks), 2 * noise.sigma_p);
}

}  // namespace ridge::measure
