#include "evaluate/internal/prepare.h"

#include <algorithm>

#include "base/text.h"

namespace ridge {
namespace {

constexpr std::size_t source_limit = 1 << 20;

std::unexpected<Fault> rejected(Reason reason, std::string text) {
  return std::unexpected(Fault{Verdict::rejected, reason, "admit", std::move(text)});
}

bool uses_openmp(const Candidate& c) {
  return std::find(c.flags.begin(), c.flags.end(), "-fopenmp") != c.flags.end();
}

}  // namespace

Result<Judged<void>> take(Result<Judged<Binary>> built, const Task& task, Prepared& p) {
  RIDGE_TRY(auto binary, std::move(built));
  if (!binary) return Judged<void>(std::unexpected(std::move(binary).error()));
  p.binary = std::move(*binary);
  Hasher h;
  h.field(std::as_bytes(std::span(p.binary.digest)));
  h.field(std::uint64_t(p.workers));
  for (const Workload* w : task.scored()) h.field(std::as_bytes(std::span(p.plans.at(w->name).digest)));
  p.identity = short_id('i', h.digest());
  return Judged<void>();
}

MapScope device_scope(const Capabilities& capabilities) {
  return MapScope(capabilities.facts);
}

Judged<const ResolvedPlan*> plan_for(Prepared& p, const Task& task, const Capabilities& caps,
                                     const Workload& workload) {
  if (const auto known = p.plans.find(workload.name); known != p.plans.end()) return &known->second;
  auto resolved = resolve(*p.candidate.plan, task.interface, workload.binding, p.candidate.parameters,
                          device_scope(caps), caps.plan, p.candidate.file);
  if (!resolved) return rejected(Reason::plan, fmt::format("workload {}: {}", workload.name, resolved.error().message));
  // Kernels are numbered in the order of the signatures, which no workload changes.
  return &p.plans.emplace(workload.name, std::move(*resolved)).first->second;
}

Judged<Prepared> admit(const Task& task, const Capabilities& caps, const Candidate& candidate) {
  Prepared p;
  p.candidate = candidate;
  if (candidate.source->size() > source_limit) return rejected(Reason::too_large, "the source is larger than 1 MiB");
  if (candidate.dialect != caps.plan.dialect)
    return rejected(Reason::plan,
                    fmt::format("dialect {}: this device runs {}", name(candidate.dialect), name(caps.plan.dialect)));
  if (auto valid = validate(*candidate.plan, task.interface, caps.plan, candidate.file); !valid)
    return rejected(Reason::plan, valid.error().message);
  if (const auto rules = task.build.find(candidate.dialect); rules != task.build.end()) {
    const auto& allowed = rules->second.allowed_flags;
    for (const std::string& flag : candidate.flags) {
      const auto& defaults = rules->second.default_flags;
      if (std::find(allowed.begin(), allowed.end(), flag) == allowed.end() &&
          std::find(defaults.begin(), defaults.end(), flag) == defaults.end())
        return rejected(Reason::flags, fmt::format("{}: [build] flags: \"{}\" is not in the task's allowed set{}",
                                                   candidate.file, flag, suggestion(flag, allowed)));
    }
  }
  auto kernels = signatures(*candidate.plan, task.interface, candidate.file);
  if (!kernels) return rejected(Reason::plan, kernels.error().message);
  p.kernels = std::move(*kernels);
  p.workers = uses_openmp(candidate) ? caps.cores : 1;
  for (const Workload* w : task.scored()) {
    auto plan = plan_for(p, task, caps, *w);
    if (!plan) return std::unexpected(std::move(plan).error());
    if ((*plan)->workers != 0) p.workers = int((*plan)->workers);
  }
  return p;
}

CompileRecord record_of(const Binary& b) {
  return {b.compile_seconds, b.unit, b.cached, short_id('b', b.digest), b.facts};
}

CompileJob compile_job(const Prepared& p, const std::vector<std::string>& libraries) {
  CompileJob job;
  job.file = p.candidate.file;
  job.source = *p.candidate.source;
  job.macros = macros(p.candidate);
  job.flags = p.candidate.flags;
  job.compiler = p.candidate.compiler;
  job.kernels = p.kernels;
  job.libraries = libraries;
  return job;
}

Result<Judged<void>> compile(Device& device, const Task& task, Prepared& p, bool fresh,
                             const std::vector<std::string>& libraries) {
  CompileJob job = compile_job(p, libraries);
  job.fresh = fresh;
  return take(device.compile(job), task, p);
}

std::vector<Result<Judged<void>>> compile_many(Device& device, const Task& task, const std::vector<Prepared*>& all,
                                               int parallel, bool alone) {
  std::vector<CompileJob> jobs;
  for (const Prepared* p : all) {
    jobs.push_back(compile_job(*p, {}));
    jobs.back().alone = alone;
  }
  auto built = device.compile_many(jobs, parallel);
  std::vector<Result<Judged<void>>> results;
  for (std::size_t i = 0; i < all.size(); ++i) results.push_back(take(std::move(built[i]), task, *all[i]));
  return results;
}

}  // namespace ridge
