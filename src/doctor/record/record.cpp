#include "doctor/record/record.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>
#include <sys/utsname.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/intact.h"
#include "base/paths.h"
#include "base/text.h"
#include "base/version.h"
#include "doctor/record/words.h"
#include "model/json.h"
#include "model/json_reader.h"

namespace ridge {
namespace {

constexpr int record_format = 1;

std::string processor_name() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("model name")) return std::string(trim(std::string_view(line).substr(line.find(':') + 1)));
  return "unknown processor";
}

// Days since 1970 of "2026-11-22T…"; nothing for another text.
std::optional<double> day_of(std::string_view date) {
  const auto digits = [&](std::size_t at, std::size_t n) {
    int value = 0;
    for (std::size_t i = at; i < at + n; ++i) {
      if (i >= date.size() || date[i] < '0' || date[i] > '9') return -1;
      value = 10 * value + (date[i] - '0');
    }
    return value;
  };
  const int year = digits(0, 4), month = digits(5, 2), day = digits(8, 2);
  if (year < 0 || month < 1 || day < 1) return std::nullopt;
  const std::chrono::year_month_day ymd{std::chrono::year(year), std::chrono::month(unsigned(month)),
                                        std::chrono::day(unsigned(day))};
  if (!ymd.ok()) return std::nullopt;
  return double(std::chrono::sys_days(ymd).time_since_epoch().count());
}

nlohmann::json to_json(const DoctorFinding& f) {
  nlohmann::json j = {
      {"what", f.what}, {"measured", f.measured}, {"expected", f.expected}, {"outcome", std::string(name(f.outcome))}};
  if (!f.mend.empty()) j["mend"] = f.mend;
  if (!f.numbers.empty()) j["numbers"] = f.numbers;
  return j;
}

// "1.2 % apart above 20 µs": the worst of the classes that a kernel worth tuning is in, and below it where that is
// worse.
std::string resolution_words(const measure::NoiseTable& noise) {
  const auto& classes = measure::duration_classes();
  constexpr std::size_t from = 2;  // 20 µs
  double above = 0, below = 0;
  for (std::size_t i = 0; i < classes.size(); ++i)
    if (noise.classes[i].pairs > 0)
      (i < from ? below : above) = std::max(i < from ? below : above, measure::distinguishable(noise.classes[i]));
  if (above == 0 && below == 0) return "";
  if (above == 0) return fmt::format("tell {} apart below 20 µs", share_words(below));
  if (below <= above) return fmt::format("tell {} apart", share_words(above));
  return fmt::format("tell {} apart above 20 µs ({} below)", share_words(above), share_words(below));
}

std::string rejection_words(const DoctorRecord& record, std::string_view what, const char* done) {
  const DoctorFinding* f = find(record, doctor::museum_section, what);
  if (!f || !f->numbers.contains("hits") || !f->numbers.contains("trials")) return "";
  return fmt::format("{:.0f} of {:.0f} {} {}", f->numbers.at("hits"), f->numbers.at("trials"), what, done);
}

}  // namespace

MachineFacts machine_facts(const Capabilities& c) {
  utsname u{};
  uname(&u);
  return {c.id, c.description, processor_name(), c.cores, u.release, c.compiler_versions, kVersion};
}

const DoctorSection* DoctorRecord::section(std::string_view wanted) const {
  for (const DoctorSection& s : sections)
    if (s.name == wanted) return &s;
  return nullptr;
}

std::size_t count(const DoctorRecord& record, CheckOutcome outcome) {
  std::size_t n = 0;
  for (const DoctorSection& s : record.sections)
    for (const DoctorFinding& f : s.findings) n += f.outcome == outcome;
  return n;
}

const DoctorFinding* find(const DoctorRecord& record, std::string_view section, std::string_view what) {
  if (const DoctorSection* s = record.section(section))
    for (const DoctorFinding& f : s->findings)
      if (f.what == what) return &f;
  return nullptr;
}

DoctorRecord merged(std::optional<DoctorRecord> older, DoctorRecord newer) {
  if (!older || !(older->facts == newer.facts)) return newer;
  for (DoctorSection& s : older->sections)
    if (!newer.section(s.name)) newer.sections.push_back(std::move(s));
  if (newer.noise.empty()) newer.noise = older->noise;
  return newer;
}

nlohmann::json to_json(const DoctorRecord& r) {
  nlohmann::json sections = nlohmann::json::array(), noise = nlohmann::json::array();
  for (const DoctorSection& s : r.sections) {
    nlohmann::json findings = nlohmann::json::array();
    for (const DoctorFinding& f : s.findings) findings.push_back(to_json(f));
    sections.push_back({{"name", s.name},
                        {"date", s.date},
                        {"full", s.full},
                        {"complete", s.complete},
                        {"seconds", s.seconds},
                        {"findings", std::move(findings)}});
  }
  const auto& classes = measure::duration_classes();
  for (std::size_t i = 0; i < classes.size(); ++i)
    if (const measure::Noise& n = r.noise.classes[i]; n.pairs > 0)
      noise.push_back({{"class", std::string(classes[i].name)},
                       {"from_s", classes[i].from_s},
                       {"sigma_d", n.sigma_d},
                       {"sigma_p", n.sigma_p},
                       {"blocks", n.blocks},
                       {"pairs", n.pairs},
                       {"distinguishable", measure::distinguishable(n)}});
  return {{"format", record_format},
          {"facts",
           {{"device", r.facts.device},
            {"description", r.facts.description},
            {"processor", r.facts.processor},
            {"cores", r.facts.cores},
            {"kernel", r.facts.kernel},
            {"compilers", r.facts.compilers},
            {"version", r.facts.version}}},
          {"sections", std::move(sections)},
          {"noise", std::move(noise)},
          {"sentence", doctor_sentence(r)},
          {"held", count(r, CheckOutcome::held)},
          {"failed", count(r, CheckOutcome::failed)},
          {"not_possible", count(r, CheckOutcome::not_possible)}};
}

Result<DoctorRecord> doctor_record_from_json(const nlohmann::json& j) {
  DoctorRecord r;
  JsonReader in(j, "doctor");
  int format = 0;
  in.get("format", format);
  if (!in.failed() && format != record_format) in.fault("format", "{} is not {}", format, record_format);
  in.object("facts", [&](JsonReader& f) {
    f.get("device", r.facts.device);
    f.get("description", r.facts.description);
    f.get("processor", r.facts.processor);
    f.get("cores", r.facts.cores);
    f.get("kernel", r.facts.kernel);
    f.members("compilers", [&](const std::string& name, const nlohmann::json& value) {
      if (value.is_string())
        r.facts.compilers[name] = value.get<std::string>();
      else
        f.fault("compilers", "expected texts");
    });
    f.get("version", r.facts.version);
  });
  in.list("sections", r.sections, [](JsonReader& item, DoctorSection& s) {
    item.get("name", s.name);
    item.get("date", s.date);
    item.get("full", s.full);
    item.get("complete", s.complete);
    item.get("seconds", s.seconds);
    item.list("findings", s.findings, [](JsonReader& found, DoctorFinding& f) {
      found.get("what", f.what);
      found.get("measured", f.measured);
      found.get("expected", f.expected);
      found.word("outcome", f.outcome, check_outcome_of);
      found.maybe("mend", f.mend);
      if (found.find("numbers"))
        found.members("numbers", [&](const std::string& name, const nlohmann::json& value) {
          if (value.is_number())
            f.numbers[name] = value.get<double>();
          else
            found.fault("numbers", "expected numbers");
        });
    });
  });
  struct Row {
    std::string name;
    measure::Noise noise;
  };
  std::vector<Row> rows;
  in.list("noise", rows, [&](JsonReader& item, Row& row) {
    item.get("class", row.name);
    item.get("sigma_d", row.noise.sigma_d);
    item.get("sigma_p", row.noise.sigma_p);
    std::int64_t blocks = 0, pairs = 0;
    item.get("blocks", blocks);
    item.get("pairs", pairs);
    if (blocks < 0 || pairs < 0 || !(row.noise.sigma_d >= 0 && row.noise.sigma_d < 10) ||
        !(row.noise.sigma_p >= 0 && row.noise.sigma_p < 10))
      item.fault("", "a spread or a count is out of range");
    row.noise.blocks = std::size_t(blocks);
    row.noise.pairs = std::size_t(pairs);
    const auto& classes = measure::duration_classes();
    const auto at = std::ranges::find(classes, std::string_view(row.name), &measure::DurationClass::name);
    if (at == classes.end())
      item.fault("class", "unknown class \"{}\"", row.name);
    else
      r.noise.classes[std::size_t(at - classes.begin())] = row.noise;
  });
  RIDGE_TRY_VOID(in.result());
  return r;
}

std::string doctor_file(const MachineFacts& f) {
  const std::string folder = cache_folder();
  if (folder.empty()) return "";
  std::string device = f.device;
  for (char& c : device)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '-';
  return fmt::format("{}/doctor-{}-{}.json", folder, device,
                     hex(Hasher().field(f.device).field(f.processor).field(std::uint64_t(f.cores)).digest(), 12));
}

Result<std::optional<DoctorRecord>> load_doctor(const std::string& path) {
  std::error_code ignored;
  if (path.empty() || !std::filesystem::exists(path, ignored)) return std::optional<DoctorRecord>();
  RIDGE_TRY(const std::string text, read_file(path, 4 << 20));
  if (!digest_inside_holds(text)) return world("{}: not as a doctor wrote it", path);
  RIDGE_TRY(const nlohmann::json json, parse_json(text, path));
  auto record = doctor_record_from_json(json);
  if (!record) return within(path, record.error());
  return std::optional(std::move(*record));
}

Result<void> save_doctor(const std::string& path, const DoctorRecord& record) {
  nlohmann::json json = to_json(record);
  json["digest"] = "";
  return write_file(path, with_digest_inside(dump_json(json, 1) + "\n"));
}

std::string doctor_warning(const std::optional<DoctorRecord>& record, const MachineFacts& now_facts,
                           std::string_view now) {
  constexpr const char* mend = "run `ridgeline doctor` (three minutes)";
  const DoctorSection* noise = record ? record->section(doctor::noise_section) : nullptr;
  if (!noise || record->noise.empty())
    return fmt::format("this machine's noise was never measured, so claims keep the least margin of 1 %: {}", mend);
  const MachineFacts& was = record->facts;
  const auto changed = [&](const std::string& what, const std::string& before, const std::string& after) {
    return fmt::format("since the last doctor {} changed from {} to {}: {}", what, before, after, mend);
  };
  if (was.kernel != now_facts.kernel) return changed("the kernel", was.kernel, now_facts.kernel);
  for (const auto& [compiler, version] : now_facts.compilers) {
    const auto at = was.compilers.find(compiler);
    const std::string before = at == was.compilers.end() ? "none" : at->second;
    if (before != version) return changed(compiler, before, version);
  }
  if (was.description != now_facts.description) return changed("the device", was.description, now_facts.description);
  if (was.version != now_facts.version) return changed("Ridgeline", was.version, now_facts.version);
  const auto measured = day_of(noise->date), today = day_of(now);
  if (!measured || (today && *measured > *today + 1))
    return fmt::format("the last doctor's date {} lies in the future or is none: {}", noise->date, mend);
  if (today && *today - *measured > doctor_days)
    return fmt::format("the last doctor is {:.0f} days old: {}", *today - *measured, mend);
  if (const std::size_t failed = count(*record, CheckOutcome::failed); failed > 0)
    for (const DoctorSection& s : record->sections)
      for (const DoctorFinding& f : s.findings)
        if (f.outcome == CheckOutcome::failed)
          return fmt::format("the last doctor ({}) found {} thing{} wrong, the first: {}: {}",
                             noise->date.substr(0, 10), failed, failed == 1 ? "" : "s", s.name, f.what);
  return "";
}

DoctorAdvice doctor_advice(const Capabilities& capabilities, std::string_view now) {
  DoctorAdvice advice;
  if (capabilities.simulated) return advice;  // its noise is a model's
  const MachineFacts facts = machine_facts(capabilities);
  const std::string path = doctor_file(facts);
  auto stored = load_doctor(path);
  if (!stored) {
    advice.warning = fmt::format("{}; delete the file and run `ridgeline doctor`", stored.error().message);
    return advice;
  }
  advice.warning = doctor_warning(*stored, facts, now);
  advice.record = std::move(*stored);
  return advice;
}

std::string doctor_sentence(const DoctorRecord& record) {
  const std::size_t failed = count(record, CheckOutcome::failed);
  std::vector<std::string> parts;
  for (const std::string& words :
       {rejection_words(record, doctor::hostile, "rejected"), rejection_words(record, doctor::honest, "accepted")})
    if (!words.empty()) parts.push_back(words);
  for (const DoctorSection& s : record.sections)
    if (!s.complete) parts.push_back(fmt::format("{} was not examined to the end", s.name));
  if (failed > 0) {
    std::vector<std::string> wrong;
    for (const DoctorSection& s : record.sections)
      for (const DoctorFinding& f : s.findings)
        if (f.outcome == CheckOutcome::failed && wrong.size() < 3)
          wrong.push_back(fmt::format("{}: {}", s.name, f.what));
    if (failed > wrong.size()) wrong.push_back(fmt::format("{} more", failed - wrong.size()));
    parts.insert(parts.begin(),
                 fmt::format("{} finding{} did not hold ({})", failed, failed == 1 ? "" : "s", join(wrong, "; ")));
    return "do not trust this machine's numbers yet: " + join(parts, "; ");
  }
  if (const std::string words = resolution_words(record.noise); !words.empty())
    parts.insert(parts.begin(), "this machine can be trusted to " + words);
  if (parts.empty()) return count(record, CheckOutcome::held) > 0 ? "what was examined holds" : "nothing was examined";
  return join(parts, "; ");
}

}  // namespace ridge
