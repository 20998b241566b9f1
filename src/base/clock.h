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

// The patience of a process that waits for another and looks again and again. While it could not look, because it was
// stopped or its group frozen, the other had no time either, or none that counts: that is forgiven.
class Patience {
 public:
  static constexpr double longest_look_s = 1;
  explicit Patience(double limit_s, const Clock* clock = nullptr);  // null: the real one
  bool over();
  double left_s();  // at most until the next look

 private:
  double used();
  SteadyClock real_;
  const Clock* clock_;
  double limit_s_, last_s_, used_s_ = 0;
};

}  // namespace ridge
