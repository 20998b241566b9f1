// The doctor: tries on this machine what Ridgeline claims of itself. Each section asks one question of the whole
// pipeline (the same lanes, duels and sessions that a search uses) and answers with findings: what was measured, what
// was expected, whether it held, how to mend it.
//
// Measuring is told apart from judging: noise.h and the others here turn numbers into findings without a machine.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "device/device.h"
#include "doctor/probe.h"
#include "doctor/record/record.h"

namespace ridge {

struct DoctorSettings {
  bool full = false;              // enough trials for every promise, three quarters of an hour; else three minutes
  std::vector<std::string> only;  // names of sections; empty: all
  std::uint64_t seed = 1;         // of simulated searches
  // Of an earlier record of this machine: what power may be expected where noise is not examined now.
  measure::NoiseTable known_noise = {};
  std::function<void(const std::string&)> progress = {};  // short phrases
  // Layers of confinement are tried by these; none: those of the device (confinement_probes).
  std::function<std::vector<Probe>()> probes = {};
};

// Seconds that the chosen sections are expected to take; none takes much longer, whatever happens.
double doctor_estimate(const DoctorSettings& settings);
// In their order; an unknown name in `only` is a usage error with the nearest known one.
std::vector<std::string> doctor_section_names();
std::string section_word(std::string_view name);  // "null searches" is null-searches on a command line
Result<void> check_sections(const std::vector<std::string>& only);

// Examines until everything was asked, or `stop`: then the sections so far are the answer, the last one marked as
// incomplete. What goes wrong in a section is a finding of it; an Error is a wrong name in `only`.
Result<DoctorRecord> examine_machine(Device& device, const DoctorSettings& settings, const std::atomic<bool>& stop);

}  // namespace ridge
