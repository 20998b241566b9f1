#include "base/clock.h"

#include <fmt/format.h>

namespace ridge {

namespace {

// RFC 3339 in UTC with milliseconds, whatever the locale and time zone.
std::string wall_text(std::chrono::sys_time<std::chrono::milliseconds> time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const long long ms = (time - day).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", int(date.year()), unsigned(date.month()),
                     unsigned(date.day()), ms / 3600000, ms / 60000 % 60, ms / 1000 % 60, ms % 1000);
}

}  // namespace

std::int64_t SteadyClock::now_ns() const {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::string SteadyClock::wall() const {
  return wall_text(std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()));
}

std::string SimulatedClock::wall() const {
  const std::chrono::sys_days start = std::chrono::year(2000) / std::chrono::January / 1;
  return wall_text(start + std::chrono::floor<std::chrono::milliseconds>(std::chrono::nanoseconds(ns_)));
}

}  // namespace ridge
