// What `ridgeline doctor` found out about a machine, as values: kept beside the machine's ceilings, read by every
// search that makes a claim. Parts of it may be older than others, since one section can be examined alone.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "device/device.h"
#include "measure/noise_table.h"
#include "model/evaluation.h"

namespace ridge {

// Whatever a measurement of noise depends on and a system update may change.
struct MachineFacts {
  DeviceId device;
  std::string description;  // of the device, as its backend gives it
  std::string processor;
  int cores = 0;
  std::string kernel;                            // release of the operating system's
  std::map<std::string, std::string> compilers;  // name → version
  std::string version;                           // of Ridgeline
  friend bool operator==(const MachineFacts&, const MachineFacts&) = default;
};
MachineFacts machine_facts(const Capabilities& capabilities);

struct DoctorFinding {
  std::string what, measured, expected;
  CheckOutcome outcome = CheckOutcome::held;
  std::string mend;                       // what to do where it did not hold; empty otherwise
  std::map<std::string, double> numbers;  // behind the words: "hits", "trials", "sigma_d" …
};
struct DoctorSection {
  std::string name;
  std::string date;      // when it ended, UTC
  bool full = false;     // by --full
  bool complete = true;  // false: stopped before its end; its findings are of what was done
  double seconds = 0;
  std::vector<DoctorFinding> findings;
};
struct DoctorRecord {
  MachineFacts facts;
  std::vector<DoctorSection> sections;
  measure::NoiseTable noise;  // of the section "noise"

  const DoctorSection* section(std::string_view name) const;
};

std::size_t count(const DoctorRecord& record, CheckOutcome outcome);
// Findings of `record` named `what` of a section; null: none.
const DoctorFinding* find(const DoctorRecord& record, std::string_view section, std::string_view what);

// Sections of `newer` take the place of those of the same name. An older record of another machine, kernel, compiler or
// version says nothing about this one and is dropped.
DoctorRecord merged(std::optional<DoctorRecord> older, DoctorRecord newer);

nlohmann::json to_json(const DoctorRecord& record);
Result<DoctorRecord> doctor_record_from_json(const nlohmann::json& json);

// The file of this machine and device in the cache folder; empty when there is no such folder. Kernel, compilers and
// version are no part of the name: the record of before an update is found, and seen to be stale.
std::string doctor_file(const MachineFacts& facts);
// Nothing when the file does not exist; an Error when it is none of ours.
Result<std::optional<DoctorRecord>> load_doctor(const std::string& path);
Result<void> save_doctor(const std::string& path, const DoctorRecord& record);

// Why a search should not lean on the record, in one line that says what to do; empty when it may. `now`: UTC as
// Clock::wall() prints it.
std::string doctor_warning(const std::optional<DoctorRecord>& record, const MachineFacts& facts, std::string_view now);
inline constexpr int doctor_days = 31;  // older noise is measured again

// What is known of this machine for a search: the stored record where it may be used, and the warning.
struct DoctorAdvice {
  std::optional<DoctorRecord> record;
  std::string warning;
  measure::NoiseTable noise() const { return record ? record->noise : measure::NoiseTable{}; }
};
DoctorAdvice doctor_advice(const Capabilities& capabilities, std::string_view now);

// The doctor's last line: what this machine can be trusted with, or what is wrong.
std::string doctor_sentence(const DoctorRecord& record);

// Names of sections and findings that others look for.
namespace doctor {
inline constexpr std::string_view noise_section = "noise", power_section = "power", museum_section = "museum",
                                  nulls_section = "null searches", confinement_section = "confinement",
                                  clock_section = "clock";
inline constexpr std::string_view hostile = "hostile programs", honest = "honest kernels";
}  // namespace doctor

}  // namespace ridge
