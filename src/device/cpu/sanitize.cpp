#include "device/cpu/sanitize.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>

#include <sys/stat.h>

#include "base/hash.h"
#include "base/paths.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "confine/confine.h"
#include "device/cpu/image_cache.h"
#include "device/cpu/unit.h"

namespace ridge {
namespace embedded {
extern const char* const sanitizer_driver;
extern const char* const sanitizer_openmp;
}  // namespace embedded

namespace cpu {
namespace {

constexpr int found_status = 66, driver_status = 67;      // as the driver's options say
constexpr const char* begun = "sanitizer driver: begun";  // as the driver says it
constexpr int starts = 3;
constexpr double build_seconds = 60;
constexpr std::uint64_t build_bytes = 6ull << 30;

struct Tool {
  const char* name;
  const char* flag;
  bool own_openmp;  // linked with our team of plain threads instead of libgomp
};
constexpr Tool kTools[] = {{"address and undefined-behaviour sanitizer", "-fsanitize=address,undefined", false},
                           {"thread sanitizer", "-fsanitize=thread", true}};

// The words that the driver reads.
std::vector<std::uint64_t> words_of(const ResolvedPlan& plan, int workers) {
  std::vector<std::uint64_t> w = {plan.storages.size()};
  for (const Storage& s : plan.storages) w.push_back(s.bytes);
  w.push_back(plan.setup.size() + plan.steps.size());
  for (const auto* steps : {&plan.setup, &plan.steps})
    for (const ResolvedStep& s : *steps) switch (s.kind) {
        case ResolvedStep::Kind::launch:
          w.insert(w.end(), {0, s.kernel, s.workers ? s.workers : std::uint64_t(workers), s.arguments.size()});
          for (const ResolvedArgument& a : s.arguments) {
            if (a.kind == ResolvedArgument::Kind::storage)
              w.insert(w.end(), {1, a.storage, a.offset});
            else
              w.insert(w.end(), {0, a.bits});
          }
          break;
        case ResolvedStep::Kind::fill:
          w.insert(w.end(), {1, s.to, s.to_offset, s.bytes, s.pattern, s.pattern_bytes});
          break;
        case ResolvedStep::Kind::copy:
          w.insert(w.end(), {2, s.to, s.to_offset, s.from, s.from_offset, s.bytes});
          break;
      }
  return w;
}

std::string text_of(const std::vector<std::uint64_t>& words) {
  return {reinterpret_cast<const char*>(words.data()), words.size() * sizeof(std::uint64_t)};
}

Result<ProcessResult> jailed(const std::string& worker, const TempDir& folder, double seconds, std::uint64_t bytes,
                             const std::vector<std::string>& argv, std::uint64_t resident = 0) {
  std::vector<std::string> all = {
      worker, "jail", folder.path(), fmt::format("{}", seconds), fmt::format("{}:{}", bytes, resident), "--"};
  all.insert(all.end(), argv.begin(), argv.end());
  return run_jailed(
      {.argv = all, .folder = "", .environment = {}, .time_limit_s = 2 * seconds + 5, .output_limit = 64 << 10},
      seconds);
}

SanitizerFinding not_possible(const Tool& tool, std::string why) {
  return {tool.name, SanitizerFinding::Outcome::not_possible, Reason::none, std::move(why)};
}

bool asks_for_openmp(const SanitizerJob& job) {
  return std::ranges::find(job.compile.flags, "-fopenmp") != job.compile.flags.end();
}

// A candidate that never asks for a second thread cannot race.
bool uses_threads(const SanitizerJob& job) {
  return asks_for_openmp(job) && job.workers > 1;
}

Reason reason_of(const std::string& report) {
  if (report.find("data race") != std::string::npos) return Reason::race;
  if (report.find("overflow on address") != std::string::npos || report.find("buffer-overflow") != std::string::npos ||
      report.find("buffer-underflow") != std::string::npos || report.find("use-after") != std::string::npos)
    return Reason::bounds;
  return Reason::undefined_behaviour;
}

// Without /proc a sanitizer's run-time cannot name lines: it says "(…+0x1377)" for the frame it sums up, and the place
// is looked up afterwards, where the program lies.
Result<std::string> source_place(const std::string& worker, const TempDir& folder, const std::string& output) {
  const std::size_t summary = output.find("SUMMARY: "), at = output.find("+0x", summary);
  if (summary == std::string::npos || at == std::string::npos) return std::string();
  const std::string offset = output.substr(at + 1, output.find(')', at) - at - 1);
  RIDGE_TRY(const ProcessResult said,
            jailed(worker, folder, 10, build_bytes, {"/usr/bin/addr2line", "-s", "-e", "program", offset}));
  const std::string place(trim(said.output));
  if (said.exit_code != 0 || place.starts_with("??")) return std::string();
  return place.substr(0, place.find_first_of(" \n"));
}

// What these tools' programs may take is watched: a limit on address space would end them at their start.
struct MemoryAllowed {
  std::uint64_t bytes = 0;
  bool machines = false;  // this machine has less left than a candidate may use
};
MemoryAllowed memory_allowed(const Tool& tool, const SanitizerJob& job, std::uint64_t data_bytes) {
  const std::uint64_t most = (tool.own_openmp ? 2 : 1) * job.memory_limit + 8 * data_bytes;
  std::ifstream in("/proc/meminfo");
  for (std::string word; in >> word;)
    if (std::uint64_t kib = 0; word == "MemAvailable:" && in >> kib && kib * 768 < most) return {kib * 768, true};
  return {most, false};
}

Result<SanitizerFinding> run_once(const Tool& tool, const std::string& worker, const TempDir& folder,
                                  const SanitizerJob& job, const SanitizerJob::Run& run) {
  RIDGE_CHECK(run.storages.size() == run.plan.storages.size(), "every storage has its content");
  const std::string plan = text_of(words_of(run.plan, job.workers));
  std::string data;
  for (const auto& bytes : run.storages) data.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  RIDGE_TRY_VOID(write_file(folder.path() + "/job/plan", plan));
  RIDGE_TRY_VOID(write_file(folder.path() + "/job/data", data));
  const MemoryAllowed memory = memory_allowed(tool, job, data.size());
  ProcessResult said;
  for (int i = 0; i < starts && said.output.find(begun) == std::string::npos; ++i) {
    RIDGE_TRY(said, jailed(worker, folder, job.time_limit_s, 0,
                           {"/job/program", std::to_string(plan.size()), std::to_string(data.size())}, memory.bytes));
  }
  if (said.output.find(begun) == std::string::npos)
    return not_possible(tool, "its run-time does not start here: " + std::string(trim(said.output)).substr(0, 200));
  if (said.exit_code == 0) return SanitizerFinding{tool.name, SanitizerFinding::Outcome::clean, Reason::none, ""};
  if (said.exit_code == jail_over_memory) {
    if (memory.machines) return not_possible(tool, "it needs more memory than this machine has left");
    const std::size_t at = said.output.rfind("jail: ");
    return SanitizerFinding{
        tool.name, SanitizerFinding::Outcome::found, Reason::memory_limit,
        at == std::string::npos ? "more memory than allowed" : std::string(trim(said.output.substr(at + 6)))};
  }
  std::string report = first_report(said.output);
  if (!report.empty() && report.find(" at ") == std::string::npos) {
    RIDGE_TRY(const std::string place, source_place(worker, folder, said.output));
    report += place.empty() ? "" : " at " + place;
  }
  if (!report.empty()) return SanitizerFinding{tool.name, SanitizerFinding::Outcome::found, reason_of(report), report};
  if (!jail_was_killed(said, job.time_limit_s) &&
      (said.timed_out || said.exit_code == 128 + 24 || said.exit_code == 128 + 9))
    return not_possible(tool, fmt::format("no end within {:.0f} s", job.time_limit_s));
  if (said.exit_code == driver_status || said.output.find("Sanitizer") != std::string::npos ||
      said.exit_code == jail_broken)
    return not_possible(tool, "its run-time does not work here: " + std::string(trim(said.output)).substr(0, 200));
  return SanitizerFinding{tool.name, SanitizerFinding::Outcome::found, Reason::signal,
                          fmt::format("it ended with status {} where nothing may end it", said.exit_code)};
}

// The driver or our team of threads, compiled for a tool, from the cache where it is there. Built where no candidate
// has been.
Result<std::string> own_object(const Tool& tool, const Toolchain& toolchain, const std::string& compiler,
                               const std::string& worker, const char* source) {
  const auto version = toolchain.versions.find(compiler);
  const std::string key = hex(Hasher()
                                  .field(source)
                                  .field(tool.flag)
                                  .field(version == toolchain.versions.end() ? "" : version->second)
                                  .digest());
  const std::string cache = cache_folder(), kept = cache.empty() ? "" : cache + "/sanitizers/" + key;
  if (!kept.empty())
    if (auto known = read_hashed(kept)) return std::move(*known);
  RIDGE_TRY(const TempDir folder, TempDir::make("sanitizer"));
  const std::string inside = folder.path() + "/job";
  if (mkdir(inside.c_str(), 0755) != 0) return world("{}: {}", inside, std::strerror(errno));
  RIDGE_TRY_VOID(write_file(inside + "/own.cpp", source));
  RIDGE_TRY(const ProcessResult said,
            jailed(worker, folder, build_seconds, build_bytes,
                   {toolchain.compilers.at(compiler), "-std=c++20", "-w", "-g1", tool.flag, "-fno-sanitize-recover=all",
                    "-fno-omit-frame-pointer", "-O1", "-c", "own.cpp", "-o", "own.o"}));
  if (said.exit_code != 0) return world("{}: its driver does not build: {}", tool.name, short_diagnostics(said.output));
  RIDGE_TRY(std::string object, read_file(inside + "/own.o"));
  if (!kept.empty()) write_hashed(kept, object);
  return object;
}

Result<SanitizerFinding> run_tool(const Tool& tool, const Toolchain& toolchain, const std::string& worker,
                                  const SanitizerJob& job, double& build_s) {
  const std::string compiler =
      job.compile.compiler.empty() ? toolchain.names.empty() ? "" : toolchain.names.front() : job.compile.compiler;
  const auto program = toolchain.compilers.find(compiler);
  if (program == toolchain.compilers.end()) return not_possible(tool, "no compiler");
  const auto begin = std::chrono::steady_clock::now();
  const auto built = [&] { build_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };
  const auto driver = own_object(tool, toolchain, compiler, worker, embedded::sanitizer_driver);
  if (!driver) return not_possible(tool, driver.error().message);
  RIDGE_TRY(const TempDir folder, TempDir::make("sanitize"));
  const std::string inside = folder.path() + "/job";
  if (mkdir(inside.c_str(), 0755) != 0) return world("{}: {}", inside, std::strerror(errno));
  RIDGE_TRY_VOID(write_file(inside + "/unit.cpp", translation_unit(job.compile)));
  // -fopenmp at link time would bring the real run-time back.
  const std::vector<std::string> common = {
      program->second, "-std=c++20", "-w", "-g1", tool.flag, "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"};
  std::vector<std::string> unit = common;
  unit.insert(unit.end(), job.compile.flags.begin(), job.compile.flags.end());
  for (const auto& [macro, value] : job.compile.macros) unit.push_back(fmt::format("-D{}={}", macro, value));
  // A candidate is not told that it is looked at: every macro is as in the image that is timed.
  unit.insert(unit.end(), {"-U__SANITIZE_ADDRESS__", "-U__SANITIZE_THREAD__", "-fPIC", "-fvisibility=hidden",
                           "-fno-lto", "-c", "unit.cpp", "-o", "unit.o"});
  RIDGE_TRY(ProcessResult said, jailed(worker, folder, build_seconds, build_bytes, unit));
  if (said.exit_code != 0) {
    built();
    return not_possible(tool, "the candidate does not build with it: " + short_diagnostics(said.output));
  }
  RIDGE_TRY_VOID(write_file(inside + "/driver.o", *driver));
  std::vector<std::string> link = common;
  // In half the time of the usual linker, where it is installed.
  if (compiler == "g++" && !find_program("ld.gold").empty()) link.emplace_back("-fuse-ld=gold");
  link.insert(link.end(), {"driver.o", "unit.o", "-o", "program"});
  if (tool.own_openmp) {
    const auto team = own_object(tool, toolchain, compiler, worker, embedded::sanitizer_openmp);
    if (!team) return not_possible(tool, team.error().message);
    RIDGE_TRY_VOID(write_file(inside + "/openmp.o", *team));
    link.insert(link.end(), {"openmp.o", "-lpthread"});
  } else if (asks_for_openmp(job)) {
    link.push_back("-fopenmp");
  }
  RIDGE_TRY(said, jailed(worker, folder, build_seconds, build_bytes, link));
  built();
  if (said.exit_code != 0) return not_possible(tool, "it does not link with it: " + short_diagnostics(said.output));

  for (const SanitizerJob::Run& run : job.runs) {
    RIDGE_TRY(SanitizerFinding finding, run_once(tool, worker, folder, job, run));
    if (finding.outcome != SanitizerFinding::Outcome::clean) return finding;
  }
  return SanitizerFinding{tool.name, SanitizerFinding::Outcome::clean, Reason::none,
                          fmt::format("{} run(s) without a report", job.runs.size())};
}

}  // namespace

std::string first_report(const std::string& output) {
  const auto lines = split_lines(output);
  const auto after = [](const std::string& line, std::string_view mark) {
    const std::size_t at = line.find(mark);
    return at == std::string::npos ? std::string() : line.substr(at + mark.size());
  };
  for (const std::string& line : lines) {
    // UndefinedBehaviorSanitizer: "kernel.cpp:3:5: runtime error: …".
    if (const std::string what = after(line, "runtime error: "); !what.empty())
      return fmt::format("{} at {}", what, line.substr(0, line.find(": runtime error")));
  }
  std::string kind, detail, place;
  for (const std::string& line : lines) {
    if (kind.empty())
      for (const char* mark : {"ERROR: AddressSanitizer: ", "WARNING: ThreadSanitizer: "})
        if (const std::string what = after(line, mark); !what.empty()) kind = what.substr(0, what.find(" ("));
    if (!kind.empty() && detail.empty())
      for (const char* mark : {"READ of size ", "WRITE of size ", "Read of size ", "Write of size "})
        if (line.find(mark) != std::string::npos)
          detail = std::string(trim(line)).substr(0, std::string(trim(line)).find(" at 0x"));
    if (const std::string what = after(line, "SUMMARY: "); !what.empty()) place = what;
  }
  if (kind.empty() || kind.starts_with("failed to") || kind.find("CHECK failed") != std::string::npos) return "";
  if (kind.starts_with("heap-buffer-overflow")) kind = "heap-buffer-overflow";
  // "AddressSanitizer: heap-buffer-overflow kernel.cpp:12 in heat": what stands between kind and function is the place.
  const std::size_t dot = place.find(".cpp:");
  if (dot != std::string::npos) {
    const std::size_t begin = place.rfind(' ', dot) + 1;
    std::string where = place.substr(begin, place.find(' ', dot) - begin);
    if (const std::size_t slash = where.rfind('/'); slash != std::string::npos) where = where.substr(slash + 1);
    return fmt::format("{}{} at {}", kind, detail.empty() ? "" : ": " + detail, where);
  }
  return kind + (detail.empty() ? "" : ": " + detail);
}

Result<std::vector<SanitizerFinding>> sanitize(const Toolchain& toolchain, const std::string& worker,
                                               const SanitizerJob& job) {
  std::vector<SanitizerFinding> out;
  for (const Tool& tool : kTools) {
    if (tool.own_openmp && !uses_threads(job)) {
      out.push_back({tool.name, SanitizerFinding::Outcome::clean, Reason::none, "it runs on one thread"});
      continue;
    }
    const auto begin = std::chrono::steady_clock::now();
    double build_s = 0;
    RIDGE_TRY(SanitizerFinding finding, run_tool(tool, toolchain, worker, job, build_s));
    finding.build_seconds = build_s;
    finding.run_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() - build_s;
    out.push_back(std::move(finding));
  }
  return out;
}

}  // namespace cpu
}  // namespace ridge
