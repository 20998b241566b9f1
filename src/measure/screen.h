// When to stop taking samples at screening (protocol step 3): enough to rank candidates roughly, as few as possible for
// those that are plainly slow. The rule sees times only; who runs the kernel asks it after every sample.
//
//   ScreenRule rule({.incumbent_s = 1.9e-3});
//   while (rule.add(run_once()) == ScreenRule::Next::more) {}
//
// Stops for certain: after warm_ups + most_samples calls of add().
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "measure/summary.h"

namespace ridge::measure {

struct ScreenSettings {
  int warm_ups = 2;          // first calls, not counted: page faults, caches, clocks
  int least_samples = 3;     // before time or slowness may end it: one sample has no quartile
  int settled_samples = 10;  // before a settled median may end it
  int most_samples = 15;
  double time_limit_s = 0.05;                        // sum of counted samples
  double settled = 0.005;                            // standard error of the median, as a share of it
  std::optional<double> incumbent_s = std::nullopt;  // median seconds of the one to beat
  double hopeless_factor = 1.3;  // lower quartile beyond this many times the incumbent: no duel could turn it
  double plain_factor = 2;       // the same after plain_samples, when every call so far, warm-ups too, was so slow
  int plain_samples = 2;
};

class ScreenRule {
 public:
  enum class Next { more, done, hopeless };

  explicit ScreenRule(ScreenSettings settings = {}) : settings_(settings) {}

  // One timed call, in seconds. Times that are not positive and finite count as calls and are left out of the summary.
  Next add(double seconds);
  Next state() const { return next_; }
  Summary summary() const { return summarize(samples_); }  // seconds
  int rejected() const { return rejected_; }

 private:
  Next judged() const;

  ScreenSettings settings_;
  std::vector<double> samples_;
  double spent_s_ = 0, fastest_call_s_ = 0;  // warm-ups count for the second
  int calls_ = 0, rejected_ = 0;
  Next next_ = Next::more;
};

}  // namespace ridge::measure
