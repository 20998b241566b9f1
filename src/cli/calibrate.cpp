// `ridgeline calibrate`: where a task's tolerance lies between the errors of right kernels and those of wrong ones.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <ostream>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/support.h"
#include "device/table/table.h"
#include "evaluate/calibration.h"
#include "report/format.h"
#include "report/jsonl.h"

namespace ridge {
namespace {

constexpr int small_workloads = 5, large_workloads = 2;
constexpr std::size_t draws_each = 2;
constexpr double cheap_work = 3e8;  // bytes and flops: an oracle takes a fraction of a second

struct Subject {
  KernelErrors errors;
  Candidate candidate;
  Checker::Kernel kernel;
};

// The flags of an honest build in a hurry: the plan's own and -ffast-math, or -O3 -ffast-math where it has none.
std::vector<std::string> hurried(const Candidate& c) {
  std::vector<std::string> flags = c.plan->flags;
  if (flags.empty()) flags = {"-O3"};
  if (std::ranges::find(flags, "-ffast-math") == flags.end()) flags.emplace_back("-ffast-math");
  return flags;
}

bool allowed(const Task& task, Dialect dialect, const std::vector<std::string>& flags) {
  const auto rules = task.build.find(dialect);
  return rules != task.build.end() && std::ranges::all_of(flags, [&](const std::string& flag) {
           return std::ranges::find(rules->second.allowed_flags, flag) != rules->second.allowed_flags.end();
         });
}

Result<void> add_honest(const Task& task, const TaskSource& source, const std::string& name, const Device& device,
                        std::vector<Subject>& out) {
  RIDGE_TRY(Candidate plain, candidate_of(task, source, device));
  const std::vector<std::string> fast = hurried(plain);
  const bool differs = fast != plain.flags && allowed(task, source.dialect, fast);
  out.push_back({{name, KernelKind::honest, {}, 0, 0, {}}, std::move(plain), nullptr});
  if (!differs) return {};
  RIDGE_TRY(Candidate hasty, candidate_of(task, source, device, fast));
  out.push_back({{name + " " + join(fast, " "), KernelKind::honest, {}, 0, 0, {}}, std::move(hasty), nullptr});
  return {};
}

Result<std::vector<Subject>> subjects_of(const Task& task, const Device& device) {
  const Dialect dialect = device.capabilities().plan.dialect;
  std::vector<Subject> out;
  const auto seed = task.seeds.find(dialect);
  if (seed == task.seeds.end()) return fail(Error::Kind::usage, "{}: no seed in dialect {}", task.id, name(dialect));
  RIDGE_TRY_VOID(add_honest(task, seed->second, "seed", device, out));
  if (const auto t = task.templates.find(dialect); t != task.templates.end())
    RIDGE_TRY_VOID(add_honest(task, t->second, "template", device, out));
  for (const TaskSource& m : task.mutants) {
    if (m.dialect != dialect) continue;
    RIDGE_TRY(Candidate c, candidate_of(task, m, device));
    const std::filesystem::path path(m.file);
    const std::string file = path.filename().string();
    // The manifest names one dialect's file; the others' have its stem.
    const bool lower = path.stem() == std::filesystem::path(task.check.next_lower).stem();
    out.push_back({{file, lower ? KernelKind::next_lower : KernelKind::mutant, {}, 0, 0, {}}, std::move(c), nullptr});
  }
  return out;
}

Result<std::vector<Workload>> workloads_for(Checker& checker, const Options& options) {
  std::vector<Workload> out;
  for (int i = 0; i < small_workloads; ++i) {
    RIDGE_TRY(Workload w, checker.draw(true));
    out.push_back(std::move(w));
  }
  for (int i = 0; !options.small && i < large_workloads; ++i) {
    RIDGE_TRY(Workload w, checker.draw(false));
    out.push_back(std::move(w));
  }
  for (const Workload& w : checker.task().workloads) {
    const bool named = std::ranges::find(options.workloads, w.name) != options.workloads.end();
    if (named || (!options.small && w.role != WorkloadRole::device_filling && checker.work(w) <= cheap_work))
      out.push_back(w);
  }
  return out;
}

Result<void> measure_errors(Checker& checker, std::vector<Subject>& subjects, const std::vector<Workload>& workloads,
                            StatusLine& status) {
  std::vector<Candidate> candidates;
  for (const Subject& s : subjects) candidates.push_back(s.candidate);
  status.set(fmt::format("compiling {} kernels", candidates.size()));
  RIDGE_TRY(auto kernels, checker.prepare(candidates));
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    if (kernels[i])
      subjects[i].kernel = std::move(*kernels[i]);
    else if (subjects[i].errors.kind == KernelKind::honest)
      subjects[i].errors.add("", {{}, std::move(kernels[i]).error()});
    else  // a mutant that cannot run says nothing about the check
      return invalid("{}: {}: {}", subjects[i].candidate.file, describe(kernels[i].error().reason),
                     kernels[i].error().text);
  }
  for (std::size_t n = 0; n < workloads.size(); ++n) {
    for (std::size_t i = 0; i < subjects.size(); ++i) {
      if (!subjects[i].kernel) continue;
      status.set(fmt::format("workload {} of {}: {}", n + 1, workloads.size(), subjects[i].errors.name));
      RIDGE_TRY(const auto calls, checker.errors(subjects[i].kernel, workloads[n], draws_each));
      for (const CallErrors& call : calls) subjects[i].errors.add(workloads[n].name, call);
    }
    checker.forget(workloads[n]);
  }
  return {};
}

std::string share_text(double share) {
  if (std::isinf(share)) return "∞";
  return share == 0 ? "0" : fmt::format("{:.2g}", share);
}

void print(const Task& task, const Options& options, const Calibration& c, std::size_t workloads, std::ostream& out) {
  out << fmt::format("{} on {}: {} kernels on {} workloads, {} draws each\n", task.id, options.device, c.kernels.size(),
                     workloads, draws_each);
  TextTable bands({"output", "metric", "tolerance", "worst honest error", "of", "nearest wrong error", "of", "place"});
  for (const OutputBand& b : c.outputs)
    bands.row({b.buffer, b.metric, b.bound, error_text(b.honest_error), b.honest_by,
               b.wrong_share ? error_text(b.wrong_error) : "–", b.wrong_by, b.place});
  out << bands.text() << "\n";
  std::vector<std::string> head = {"kernel", "kind"};
  for (const OutputBand& b : c.outputs) head.push_back(b.buffer + " error"), head.push_back("/ tolerance");
  head.insert(head.end(), {"noticed", ""});
  TextTable kernels(head);
  for (std::size_t i = 2; i + 1 < head.size(); ++i) kernels.right(i);
  for (const KernelErrors& k : c.kernels) {
    std::vector<std::string> row = {k.name, std::string(name(k.kind))};
    for (const OutputBand& b : c.outputs) {
      const auto o = std::ranges::find(k.outputs, b.buffer, &KernelErrors::Output::buffer);
      row.push_back(o == k.outputs.end() ? "–" : error_text(o->error));
      row.push_back(o == k.outputs.end() ? "–" : share_text(o->share));
    }
    row.push_back(fmt::format("{}/{}", k.noticed, k.calls));
    row.push_back(k.fault ? std::string(describe(k.fault->reason)) : "");
    kernels.row(std::move(row));
  }
  out << kernels.text() << "\n";
  if (c.separates())
    out << "the check separates right kernels from wrong ones"
        << (task.check.next_lower.empty() ? " (no kernel of the next lower precision is declared)\n" : "\n");
  for (const std::string& problem : c.problems) out << "✗ " << printable(problem, 800) << "\n";
}

}  // namespace

Result<int> calibrate_command(const Options& options, Terminal& terminal) {
  RIDGE_TRY(const auto task, find_task(options, options.argument(0)));
  for (const std::string& wanted : options.workloads)
    if (!task->workload(wanted))
      return fail(Error::Kind::usage, "--workload {}: no such workload of {}", wanted, task->id);
  RIDGE_TRY(const auto device, open_device(options.device));
  StatusLine status(terminal);
  status.set("compiling the reference");
  RIDGE_TRY(auto oracle, make_oracle(*task));
  RIDGE_TRY(auto checker, Checker::open(task, *device, std::move(oracle), Secret::from_entropy()));
  RIDGE_TRY(auto subjects, subjects_of(*task, *device));
  RIDGE_TRY(const auto workloads, workloads_for(*checker, options));
  RIDGE_TRY_VOID(measure_errors(*checker, subjects, workloads, status));
  status.clear();
  std::vector<KernelErrors> errors;
  for (Subject& s : subjects) errors.push_back(std::move(s.errors));
  const Calibration c = calibrate(*task, std::move(errors));
  if (options.json) {
    nlohmann::json j = to_json(c);
    j["event"] = "calibration";
    j["task"] = task->id;
    j["device"] = options.device;
    j["next_lower"] = task->check.next_lower;
    terminal.out << json_line(j) << "\n";
  } else {
    print(*task, options, c, workloads.size(), terminal.out);
  }
  return c.separates() ? 0 : 1;
}

}  // namespace ridge
