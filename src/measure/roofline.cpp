#include "measure/roofline.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/text.h"

namespace ridge::measure {

double bandwidth_at(std::span<const Ceiling> ceilings, double working_set_bytes) {
  if (ceilings.empty()) return 0;
  // A size that is not a number, or smaller than any measured, has the first entry's bandwidth.
  if (!(working_set_bytes > ceilings.front().working_set_bytes)) return ceilings.front().bytes_per_s;
  for (std::size_t i = 1; i < ceilings.size(); ++i) {
    const Ceiling &a = ceilings[i - 1], &b = ceilings[i];
    if (working_set_bytes > b.working_set_bytes) continue;
    if (!(a.working_set_bytes > 0)) return b.bytes_per_s;  // no logarithm of an empty working set
    const double t =
        std::log(working_set_bytes / a.working_set_bytes) / std::log(b.working_set_bytes / a.working_set_bytes);
    return a.bytes_per_s + t * (b.bytes_per_s - a.bytes_per_s);
  }
  return ceilings.back().bytes_per_s;
}

namespace {

double time_at(double amount, double per_second) {
  return amount > 0 && per_second > 0 ? amount / per_second : 0;
}

std::string described(const Roofline& r) {
  const char* unit = r.bound == "memory" ? "B" : "FLOP";
  return fmt::format("{:.0f} % of {}: {} of {}{}", 100 * r.fraction, r.bound, human_rate(r.achieved, unit),
                     human_rate(r.ceiling, unit), r.fraction > 1 ? " (does less than the work convention counts)" : "");
}

}  // namespace

Roofline fraction(double work_flops, double work_bytes, double seconds, double flops_per_s, double bytes_per_s) {
  Roofline out;
  const double memory_s = time_at(work_bytes, bytes_per_s), compute_s = time_at(work_flops, flops_per_s);
  if (!(seconds > 0) || std::max(memory_s, compute_s) == 0) {
    out.text = "no ceiling is known for this work";
    return out;
  }
  const bool memory = memory_s >= compute_s;
  out.fraction = std::max(memory_s, compute_s) / seconds;
  out.bound = memory ? "memory" : "compute";
  out.achieved = (memory ? work_bytes : work_flops) / seconds;
  out.ceiling = memory ? bytes_per_s : flops_per_s;
  out.text = described(out);
  return out;
}

double floor_seconds(double bytes, double flops, double bytes_per_s, double flops_per_s) {
  return std::max(time_at(bytes, bytes_per_s), time_at(flops, flops_per_s));
}

}  // namespace ridge::measure
