// Counting with the device's own counters: ranges of work, run as often as the metrics need passes, evaluated to
// numbers under names of our own. In the profile worker alone: counting slows what is counted.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "device/cuda/internal/cupti.h"

namespace ridge::cuda {

struct Metric {
  const char* name;   // ours, as device.h lists them
  const char* cupti;  // the device's
};
// All that we know; devices that lack one leave it out.
const std::vector<Metric>& known_metrics();

class RangeProfiler {
 public:
  RangeProfiler() = default;
  ~RangeProfiler();
  RangeProfiler(const RangeProfiler&) = delete;
  RangeProfiler& operator=(const RangeProfiler&) = delete;

  // Once for a context. An Error is the world's: no CUPTI, no permission.
  Result<void> begin(int device, void* context);
  // `metrics`: those to count, of the known ones; empty: all. "seconds" is always among them.
  Result<void> choose(const std::vector<std::string>& metrics);

  // `pass` does the same work each time, with `ranges` pairs of push and pop in it, one after the other; its Error ends
  // everything. The answer is in the order of the ranges.
  Result<std::vector<std::map<std::string, double>>> count(std::size_t ranges,
                                                           const std::function<Result<void>()>& pass);
  Result<void> push(const std::string& name);
  Result<void> pop();
  int passes() const { return int(passes_); }
  // Gives the device's counters back, which the first count() took.
  void end();

 private:
  Result<void> enable();
  Result<void> arrange(std::size_t ranges);
  Result<void> run_passes(const std::function<Result<void>()>& pass);
  Result<std::vector<std::map<std::string, double>>> values_of(std::size_t ranges);
  Result<void> check(cupti::Status status, const char* what) const;

  cupti::Library c_;
  bool begun_ = false;
  std::vector<std::string> chosen_;  // as choose() was asked
  void* context_ = nullptr;
  std::string chip_;
  std::vector<std::uint8_t> availability_;
  void *host_ = nullptr, *profiler_ = nullptr;
  std::vector<Metric> metrics_;
  std::vector<const char*> names_;
  std::vector<std::uint8_t> config_, data_;
  std::size_t passes_ = 0;
};

// A range's beginning and end take the device some 100 µs, in which it does nothing: shares of the elapsed time become
// shares of what the work takes when nobody counts, and "seconds" becomes that.
void settle(std::map<std::string, double>& values, double unobserved_seconds);

}  // namespace ridge::cuda
