#include "doctor/doctor.h"

#include <algorithm>
#include <ostream>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/support.h"
#include "device/table/table.h"
#include "report/format.h"
#include "report/jsonl.h"

namespace ridge {
namespace {

constexpr std::size_t widest_measured = 76;

const char* mark(CheckOutcome o) {
  return o == CheckOutcome::held ? "✓" : o == CheckOutcome::failed ? "✗" : "–";
}

std::string facts_text(const MachineFacts& f) {
  return fmt::format("{}: {} · {} · Linux {} · Ridgeline {}\n", f.device, f.description, f.processor, f.kernel,
                     f.version);
}

std::string record_text(const DoctorRecord& record) {
  std::string out;
  for (const DoctorSection& s : record.sections) {
    out += fmt::format("\n{}  ({}{}, {})\n", s.name, duration_text(s.seconds), s.complete ? "" : ", not to the end",
                       s.date.substr(0, 16));
    TextTable table({"", "what", "measured", "expected"});
    for (const DoctorFinding& f : s.findings)
      table.row({mark(f.outcome), f.what, fit(printable(f.measured, 400), widest_measured), f.expected});
    out += table.text();
    for (const DoctorFinding& f : s.findings)
      if (!f.mend.empty()) out += fmt::format("  {} {}: {}\n", mark(f.outcome), f.what, f.mend);
  }
  return out;
}

}  // namespace

Result<int> doctor_command(const Options& options, Terminal& terminal) {
  DoctorSettings settings;
  settings.full = options.full;
  settings.only = options.only_tasks;
  settings.seed = options.seed;
  RIDGE_TRY_VOID(check_sections(settings.only));
  RIDGE_TRY(const auto device, open_device(options.device));
  if (device->capabilities().simulated)
    return fail(Error::Kind::usage, "--device {}: its times come from a model, there is nothing to examine",
                options.device);
  const MachineFacts facts = machine_facts(device->capabilities());
  const std::string path = doctor_file(facts);
  std::optional<DoctorRecord> older;
  if (auto stored = load_doctor(path)) older = std::move(*stored);  // one that is broken is written anew
  if (older) settings.known_noise = older->noise;

  if (!options.json)
    terminal.out << facts_text(facts)
                 << fmt::format("about {}; Ctrl-C ends with what is known by then\n",
                                duration_text(doctor_estimate(settings)))
                 << std::flush;
  std::optional<StatusLine> status;
  if (!options.json) status.emplace(terminal);
  const SteadyClock clock;
  const double begin = clock.seconds();
  settings.progress = [&](const std::string& text) {
    if (status) status->set(fmt::format("{} · {}", duration_text(clock.seconds() - begin), text));
  };
  const Interrupt interrupt("ending with what is known; once more leaves at once");
  RIDGE_TRY(DoctorRecord examined, examine_machine(*device, settings, interrupt.asked()));
  if (status) status->clear();
  DoctorRecord record = merged(std::move(older), std::move(examined));
  const std::vector<std::string> order = doctor_section_names();
  std::ranges::stable_sort(record.sections, {}, [&](const DoctorSection& s) {
    return std::ranges::find(order, section_word(s.name)) - order.begin();
  });
  if (!path.empty() && !record.sections.empty()) RIDGE_TRY_VOID(save_doctor(path, record));
  if (options.json) {
    nlohmann::json j = to_json(record);
    j["event"] = "doctor";
    terminal.out << json_line(j) << std::endl;
  } else {
    terminal.out << record_text(record) << "\n" << doctor_sentence(record) << "\n";
    if (path.empty())
      terminal.out << "nowhere to keep this: set XDG_CACHE_HOME or HOME to a folder that can be written\n";
  }
  return count(record, CheckOutcome::failed) > 0 ? 1 : 0;
}

}  // namespace ridge
