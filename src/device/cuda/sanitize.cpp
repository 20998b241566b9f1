#include "device/cuda/sanitize.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/subprocess.h"
#include "base/text.h"
#include "device/cuda/internal/protocol.h"

namespace ridge::cuda {
namespace {

// Reading memory that nobody wrote is common where whole vectors are loaded and only part of them is used, and harmless
// when nothing follows from it: random poison in the same places, at every call, shows what follows.
struct Tool {
  const char* name;
  Reason reason;
  bool decides;
};
constexpr Tool tools[] = {{"memcheck", Reason::bounds, true},
                          {"racecheck", Reason::race, true},
                          {"synccheck", Reason::undefined_behaviour, true},
                          {"initcheck", Reason::undefined_behaviour, false}};
constexpr int found_status = 77;

std::string_view view_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// What the worker reads (sanitize_worker.cpp): programs and contents of one run after the other.
Result<void> lay_out(const std::string& folder, const SanitizerHost& host, const Binary& binary,
                     const SanitizerJob& job) {
  RIDGE_TRY_VOID(write_scratch(folder + "/image", view_of(*binary.image)));
  RIDGE_TRY_VOID(write_scratch(folder + "/support", view_of(*host.support)));
  for (std::size_t r = 0; r < job.runs.size(); ++r) {
    const SanitizerJob::Run& run = job.runs[r];
    PlanFault fault;
    const std::vector<std::uint64_t> words = encode(program_of(run.plan, &fault));
    const std::string name = fmt::format("{}/run-{}", folder, r);
    RIDGE_TRY_VOID(write_scratch(name, view_of(std::as_bytes(std::span(words)))));
    for (std::size_t s = 0; s < run.storages.size(); ++s) {
      // Scratch holds nothing before a kernel writes it.
      const bool scratch = run.plan.storages[s].buffer < 0;
      RIDGE_TRY_VOID(
          write_scratch(fmt::format("{}-{}{}", name, s, scratch ? "-scratch" : ""), view_of(run.storages[s])));
    }
  }
  return {};
}

SanitizerFinding apply(const Tool& tool, const SanitizerHost& host, const std::string& folder, double limit_s) {
  SanitizerFinding finding;
  finding.tool = fmt::format("compute-sanitizer {}", tool.name);
  const auto said =
      run_process({.argv = {host.program, "--tool", tool.name, "--error-exitcode", std::to_string(found_status),
                            "--print-limit", "3", host.worker, "cuda-sanitize", std::to_string(host.device), folder},
                   .folder = "",
                   .environment = {},
                   .time_limit_s = limit_s});
  if (said && said->exit_code == 0) {
    finding.text = "nothing found";
  } else if (said && said->exit_code == found_status) {
    finding.text = first_finding(said->output);
    if (tool.decides) {
      finding.outcome = SanitizerFinding::Outcome::found;
      finding.reason = tool.reason;
    } else {
      finding.text = "noted, not counted: " + finding.text;
    }
  } else {
    finding.outcome = SanitizerFinding::Outcome::not_possible;
    finding.text = !said             ? said.error().message
                   : said->timed_out ? fmt::format("it took longer than {:.0f} s", limit_s)
                                     : fmt::format("ended with status {}: {}", said->exit_code,
                                                   trim(std::string_view(said->output).substr(0, 300)));
  }
  return finding;
}

}  // namespace

std::string find_sanitizer() {
  if (const std::string found = find_program("compute-sanitizer"); !found.empty()) return found;
  std::error_code ignored;
  for (const char* path : {"/usr/local/cuda/bin/compute-sanitizer",
                           "/usr/local/cuda/compute-sanitizer/compute-sanitizer", "/opt/cuda/bin/compute-sanitizer"})
    if (std::filesystem::exists(path, ignored)) return path;
  return "";
}

std::string first_finding(const std::string& output) {
  std::string text;
  int lines = 0;
  for (const std::string& line : split_lines(output)) {
    if (!line.starts_with("=========")) continue;
    const std::string_view rest = trim(std::string_view(line).substr(9));
    if (rest.empty() || rest.starts_with("COMPUTE-SANITIZER")) continue;
    if (rest.starts_with("Saved host backtrace") || rest.starts_with("Host Frame") ||
        rest.starts_with("ERROR SUMMARY")) {
      if (!text.empty()) break;
      continue;
    }
    text += (text.empty() ? "" : "; ") + std::string(rest);
    if (++lines == 3) break;
  }
  return text.empty() ? "found without a word" : text.substr(0, 500);
}

Result<std::vector<SanitizerFinding>> sanitize(const SanitizerHost& host, const Binary& binary,
                                               const SanitizerJob& job) {
  std::vector<SanitizerFinding> findings(std::size(tools));
  if (host.program.empty()) {
    for (std::size_t t = 0; t < findings.size(); ++t)
      findings[t] = {fmt::format("compute-sanitizer {}", tools[t].name), SanitizerFinding::Outcome::not_possible,
                     Reason::none, "compute-sanitizer is not on this machine; it is part of the CUDA toolkit"};
    return findings;
  }
  RIDGE_TRY(const TempDir folder, TempDir::make("sanitize"));
  RIDGE_TRY_VOID(lay_out(folder.path(), host, binary, job));
  const double limit = 20 + job.time_limit_s * double(job.runs.size());
  std::vector<std::jthread> threads;
  for (std::size_t t = 0; t < findings.size(); ++t)
    threads.emplace_back([&, t] { findings[t] = apply(tools[t], host, folder.path(), limit); });
  threads.clear();
  return findings;
}

}  // namespace ridge::cuda
