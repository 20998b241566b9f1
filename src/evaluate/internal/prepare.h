// admit and compile: from a candidate to something a lane can run, or the candidate's fault.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "device/device.h"
#include "model/candidate.h"
#include "model/evaluation.h"
#include "model/task.h"

namespace ridge {

// Device facts as expressions see them.
MapScope device_scope(const Capabilities& capabilities);

struct Prepared {
  Candidate candidate;
  Binary binary;
  std::vector<KernelSignature> kernels;
  std::map<std::string, ResolvedPlan> plans;  // by workload name
  std::string identity;                       // binary and every scored plan: equal ones behave equally
  int workers = 1;                            // team made ready for it
  double compile_share_s = 0;                 // of the wall time that compiling side by side took
};

// Resolves the plan for a workload (cached in `p`).
Judged<const ResolvedPlan*> plan_for(Prepared& p, const Task& task, const Capabilities& caps, const Workload& workload);

// Plan valid, flags allowed, sizes bounded, plans resolved for all scored workloads.
Judged<Prepared> admit(const Task& task, const Capabilities& caps, const Candidate& candidate);
// What an evaluation says of a binary.
CompileRecord record_of(const Binary& binary);
CompileJob compile_job(const Prepared& p, const std::vector<std::string>& libraries);
// Alone in its unit, as everything that decides wants it.
Result<Judged<void>> compile(Device& device, const Task& task, Prepared& p, bool fresh,
                             const std::vector<std::string>& libraries = {});

// A build's outcome becomes the candidate's.
Result<Judged<void>> take(Result<Judged<Binary>> built, const Task& task, Prepared& p);

// Many at once, on all cores; variants of one source may share units (device.h). Answers in the order of `all`.
std::vector<Result<Judged<void>>> compile_many(Device& device, const Task& task, const std::vector<Prepared*>& all,
                                               int parallel, bool alone);

}  // namespace ridge
