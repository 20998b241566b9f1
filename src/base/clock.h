// Time as an interface: a real clock and a simulated twin, so that tests never wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace ridge {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::int64_t now_ns() const = 0;  // monotonic
  virtual std::string wall() const = 0;     // "2026-11-22T15:04:05.123Z"
  double seconds() const { return double(now_ns()) * 1e-9; }
};

class SteadyClock : public Clock {
 public:
  std::int64_t now_ns() const override;
  std::string wall() const override;
};

class SimulatedClock : public Clock {
 public:
  std::int64_t now_ns() const override { return ns_; }
  std::string wall() const override;  // starts at 2000-01-01T00:00:00Z
  void advance(double seconds) { ns_ += std::int64_t(seconds * 1e9); }

 private:
  std::int64_t ns_ = 0;
};

}  // namespace ridge
