#include "measure/screen.h"

#include <algorithm>
#include <cmath>

namespace ridge::measure {

ScreenRule::Next ScreenRule::add(double seconds) {
  if (next_ != Next::more) return next_;
  ++calls_;
  if (std::isfinite(seconds) && seconds > 0)
    fastest_call_s_ = fastest_call_s_ > 0 ? std::min(fastest_call_s_, seconds) : seconds;
  if (calls_ <= settings_.warm_ups) return next_;
  if (std::isfinite(seconds) && seconds > 0) {
    samples_.push_back(seconds);
    spent_s_ += seconds;
  } else {
    ++rejected_;
  }
  return next_ = judged();
}

ScreenRule::Next ScreenRule::judged() const {
  const int n = int(samples_.size());
  const bool full = n + rejected_ >= settings_.most_samples;
  // Slow in every single call is no accident of one moment.
  if (settings_.incumbent_s && n >= settings_.plain_samples &&
      fastest_call_s_ > settings_.plain_factor * *settings_.incumbent_s)
    return Next::hopeless;
  if (n == 0 || n < settings_.least_samples) return full ? Next::done : Next::more;
  const Summary s = summary();
  // The lower quartile and not the median: noise only ever adds time, so a slow lower quartile is the kernel's own.
  if (settings_.incumbent_s && s.q1 > settings_.hopeless_factor * *settings_.incumbent_s) return Next::hopeless;
  // For normal noise sigma is (q3 - q1) / 1.349, and the median's standard error 1.253 sigma / sqrt(n).
  const double error = 1.253 * (s.q3 - s.q1) / 1.349 / std::sqrt(double(n));
  const bool settled = n >= settings_.settled_samples && error < settings_.settled * s.median;
  return full || settled || spent_s_ >= settings_.time_limit_s ? Next::done : Next::more;
}

}  // namespace ridge::measure
