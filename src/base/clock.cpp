#include "base/clock.h"

#include <algorithm>

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

Patience::Patience(double limit_s, const Clock* clock)
    : clock_(clock), limit_s_(limit_s), last_s_(clock ? clock->seconds() : real_.seconds()) {}

double Patience::used() {
  const double now = clock_ ? clock_->seconds() : real_.seconds();
  used_s_ += std::clamp(now - last_s_, 0.0, longest_look_s);
  last_s_ = now;
  return used_s_;
}

bool Patience::over() {
  return used() > limit_s_;
}

double Patience::left_s() {
  return std::clamp(limit_s_ - used(), 0.0, 0.5 * longest_look_s);
}

}  // namespace ridge
