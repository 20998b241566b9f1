// What a section of the doctor works with: the device, how much time there is, and where findings go.
#pragma once

#include <memory>
#include <optional>

#include "doctor/doctor.h"
#include "doctor/internal/arena.h"

namespace ridge {

class Examination {
 public:
  Examination(Device& on, const DoctorSettings& as, const std::atomic<bool>& stop)
      : device(on), settings(as), stop_(stop) {}

  Device& device;
  const DoctorSettings& settings;
  measure::NoiseTable noise;  // measured now, else what was known before
  bool noise_is_new = false;

  void begin(DoctorSection& section, double seconds) {
    section_ = &section;
    until_s_ = now() + seconds;
  }
  void add(DoctorFinding finding) { section_->findings.push_back(std::move(finding)); }
  void say(const std::string& text) const {
    if (settings.progress) settings.progress(text);
  }
  double now() const { return device.clock().seconds(); }
  bool stopped() const { return stop_; }
  const std::atomic<bool>& stop() const { return stop_; }
  // The section's time is up, or someone asked to stop. What is left undone is said, and judged by what was done.
  bool over() const { return stop_ || now() > until_s_; }
  double left_s() const { return until_s_ - now(); }

  // The place of duels, opened when first asked for.
  Result<Arena*> arena() {
    if (!arena_) {
      say("compiling the doctor's kernel");
      RIDGE_TRY(arena_, Arena::open(device));
    }
    return arena_.get();
  }

 private:
  const std::atomic<bool>& stop_;
  DoctorSection* section_ = nullptr;
  double until_s_ = 0;
  std::unique_ptr<Arena> arena_;
};

// One file each. All return the world's errors.
Result<void> examine_confinement(Examination& e);
Result<void> examine_clock(Examination& e);
Result<void> examine_noise(Examination& e);
Result<void> examine_power(Examination& e);
Result<void> examine_null_searches(Examination& e);
Result<void> examine_museum(Examination& e);

}  // namespace ridge
