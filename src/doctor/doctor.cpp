#include "doctor/doctor.h"

#include <algorithm>
#include <span>

#include "base/text.h"
#include "doctor/internal/examination.h"

namespace ridge {
namespace {

struct SectionRow {
  std::string_view name;
  double quick_s, full_s;  // expected on two cores
  double patience;         // times that, at most
  Result<void> (*examine)(Examination&);
};
constexpr SectionRow kSections[] = {
    {doctor::confinement_section, 4, 4, 10, examine_confinement},
    {doctor::clock_section, 2, 2, 10, examine_clock},
    {doctor::noise_section, 55, 360, 1.2, examine_noise},
    {doctor::power_section, 20, 150, 1.5, examine_power},
    {doctor::nulls_section, 20, 280, 1.2, examine_null_searches},
    {doctor::museum_section, 60, 2000, 1.5, examine_museum},
};

bool wanted(const DoctorSettings& settings, std::string_view name) {
  return settings.only.empty() || std::ranges::find(settings.only, name) != settings.only.end();
}

}  // namespace

std::string section_word(std::string_view name) {
  std::string word(name);
  std::ranges::replace(word, ' ', '-');
  return word;
}

double doctor_estimate(const DoctorSettings& settings) {
  double seconds = 0;
  for (const SectionRow& row : kSections)
    if (wanted(settings, section_word(row.name))) seconds += settings.full ? row.full_s : row.quick_s;
  return seconds;
}

std::vector<std::string> doctor_section_names() {
  std::vector<std::string> names;
  for (const SectionRow& row : kSections) names.push_back(section_word(row.name));
  return names;
}

Result<void> check_sections(const std::vector<std::string>& only) {
  const std::vector<std::string> known = doctor_section_names();
  for (const std::string& name : only)
    if (std::ranges::find(known, name) == known.end())
      return fail(Error::Kind::usage, "{}: the doctor has no such section{}", name, suggestion(name, known));
  return {};
}

Result<DoctorRecord> examine_machine(Device& device, const DoctorSettings& settings, const std::atomic<bool>& stop) {
  RIDGE_TRY_VOID(check_sections(settings.only));
  DoctorRecord record;
  record.facts = machine_facts(device.capabilities());
  Examination e(device, settings, stop);
  e.noise = settings.known_noise;
  for (const SectionRow& row : kSections) {
    if (!wanted(settings, section_word(row.name))) continue;
    if (stop) break;
    DoctorSection section;
    section.name = row.name;
    section.full = settings.full;
    const double begin = e.now();
    e.begin(section, row.patience * (settings.full ? row.full_s : row.quick_s));
    // What keeps one section from being examined is a finding of that section; the others may still say something.
    if (auto examined = row.examine(e); !examined) {
      DoctorFinding f;
      f.what = "the section itself";
      f.measured = "it could not be examined";
      f.mend = examined.error().message;
      f.outcome = CheckOutcome::failed;
      e.add(std::move(f));
    }
    section.seconds = e.now() - begin;
    section.date = device.clock().wall();
    section.complete = !stop;
    record.sections.push_back(std::move(section));
  }
  if (e.noise_is_new) record.noise = e.noise;
  return record;
}

}  // namespace ridge
