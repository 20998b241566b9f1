#include "doctor/internal/arena.h"

#include <algorithm>
#include <span>

#include "catalog/catalog.h"
#include "simulate/zeros.h"

namespace ridge {
namespace {

// A call takes passes × n / (a rate). The sizes are such that a machine half or twice as fast stays in the class.
// Arrays are small against the work on them: every call has a buffer set of its own, whose first touch is a matter of
// caches, and what is measured here is the harness's noise on a kernel whose time is known.
struct Size {
  const char* name;
  int n, passes;
};
constexpr Size kSizes[] = {
    {"2us", 256, 100}, {"10us", 1024, 150}, {"60us", 4096, 220}, {"1ms", 16384, 600}, {"10ms", 65536, 1700}};
// On a GPU one block makes the passes: its rate does not depend on how many others there would be room for.
constexpr Size kGpuSizes[] = {{"10us", 4096, 40}, {"60us", 4096, 200}, {"1ms", 16384, 830}, {"10ms", 65536, 2080}};
constexpr const char* kMiddle = "60us";

constexpr const char* kManifest = R"(format = 1
title = "The doctor's kernel: passes over an array"
dialects = ["cpp", "cuda"]
[symbols]
n = { min = 1, max = 1048576 }
passes = { min = 1, max = 10000 }
[buffers.x]
type = "u32"
shape = ["n"]
access = "in"
[buffers.y]
type = "u32"
shape = ["n"]
access = "out"
%WORKLOADS%
[held_out]
count = 2
n = { choose = "integer", from = 1000, to = 20000 }
passes = { choose = "integer", from = 1, to = 8 }
[work]
bytes = "8 * n * passes"
flops = "2 * n * passes"
[check]
metric = "exact"
[build.cpp]
default = ["-O3", "-march=native"]
allowed = ["-O3", "-march=native"]
[build.cuda]
default = []
allowed = []
)";

constexpr const char* kReference = R"(#include <ridgeline/reference.h>
void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  for (std::uint32_t& v : c.u32("x")) v = rng.bits32();
}
void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  const auto x = c.u32("x");
  auto y = out.integer("y");
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = std::uint32_t(x[i] * 1664525u + 1013904223u);
}
RIDGELINE_REFERENCE(inputs, oracle)
)";

// A pass writes the same again, so passes and parts of passes may be added without changing the answer. The work is
// counted in elements: SLOW thousandths more of them are that much more time, start of a pass apart.
constexpr const char* kKernel = R"(/* ridgeline
[tune]
SLOW = { values = [0, 10, 30], default = 0 }
[[stage]]
[[stage.op]]
launch = "sweep"
args = ["x", "y", "n", "passes"]
*/
#include <cstdint>
extern "C" void sweep(const std::uint32_t* __restrict x, std::uint32_t* __restrict y, int n, int passes) {
  std::int64_t left = std::int64_t(n) * passes;
  left += left * SLOW / 1000;
  while (left > 0) {
    const int m = left < n ? int(left) : n;
    for (int i = 0; i < m; ++i) y[i] = x[i] * 1664525u + 1013904223u;
    asm volatile("" : : : "memory");
    left -= m;
  }
}
)";

constexpr const char* kGpuKernel = R"(/* ridgeline
[tune]
SLOW = { values = [0, 10, 30], default = 0 }
[[stage]]
[[stage.op]]
launch = "sweep"
grid = [1]
block = [256]
args = ["x", "y", "n", "passes"]
*/
extern "C" __global__ void sweep(const unsigned* x, unsigned* y, int n, int passes) {
  long long left = (long long)n * passes;
  left += left * SLOW / 1000;
  while (left > 0) {
    const int m = left < n ? int(left) : n;
    for (int i = threadIdx.x; i < m; i += blockDim.x) *(volatile unsigned*)(y + i) = x[i] * 1664525u + 1013904223u;
    left -= m;
  }
}
)";

constexpr const char* kSimulatedTune = "SLOW = { values = [0, 10, 30], default = 0 }";

}  // namespace

Result<std::shared_ptr<const Task>> doctor_task(const std::vector<std::string>& names, Dialect dialect) {
  std::string toml = kManifest, workloads;
  for (const Size& s : dialect == Dialect::cuda ? std::span<const Size>(kGpuSizes) : std::span<const Size>(kSizes))
    if (names.empty() || std::ranges::find(names, s.name) != names.end())
      workloads += fmt::format("[[workload]]\nname = \"{}\"\nn = {}\npasses = {}\n", s.name, s.n, s.passes);
  toml.replace(toml.find("%WORKLOADS%"), 11, workloads);
  RIDGE_TRY(Task task, parse_task(toml, "doctor/task.toml"));
  task.id = "doctor/passes";
  task.folder = "doctor";
  task.reference = kReference;
  task.seeds[Dialect::cpp] = {"seed.cpp", kKernel, Dialect::cpp};
  task.seeds[Dialect::cuda] = {"seed.cu", kGpuKernel, Dialect::cuda};
  return std::make_shared<const Task>(std::move(task));
}

Result<std::unique_ptr<Evaluator>> doctor_evaluator(std::shared_ptr<const Task> task, Device& device,
                                                    EvaluatorSettings settings) {
  std::unique_ptr<Oracle> oracle;
  const bool simulated = device.capabilities().simulated;
  if (simulated) {
    oracle = std::make_unique<simulated::ZeroOracle>(task);
  } else {
    RIDGE_TRY(oracle, make_oracle(*task));
  }
  Secret secret = simulated ? Secret::from_text("doctor") : Secret::from_entropy();
  return Evaluator::open(std::move(task), device, std::move(oracle), std::move(secret), std::move(settings));
}

Result<std::unique_ptr<Arena>> Arena::open(Device& device) {
  auto arena = std::make_unique<Arena>();
  if (device.capabilities().simulated) {
    arena->task_ = simulated::zeros_task({.seed_tune = kSimulatedTune, .template_tune = "", .scored = 1});
  } else {
    RIDGE_TRY(arena->task_, doctor_task({}, device.capabilities().plan.dialect));
  }
  for (const Workload* w : arena->task_->scored()) arena->workloads_.push_back(w->name);
  arena->facts_ = MapScope(device.capabilities().facts);
  arena->dialect_ = device.capabilities().plan.dialect;
  EvaluatorSettings settings;
  settings.deduplicate = false;
  RIDGE_TRY(arena->evaluator_, doctor_evaluator(arena->task_, device, std::move(settings)));
  return arena;
}

const std::string& Arena::middle() const {
  const auto at = std::ranges::find(workloads_, kMiddle);
  return at != workloads_.end() ? *at : workloads_.front();
}

Result<Candidate> Arena::kernel(int per_mille) {
  return candidate_of(*task_, task_->seeds.at(dialect_), facts_, "doctor", {{"SLOW", std::int64_t(per_mille)}});
}

Result<DuelRecord> Arena::duel(const Order& order) {
  DuelJob job;
  RIDGE_TRY(job.incumbent, kernel(order.incumbent));
  RIDGE_TRY(job.candidate, kernel(order.candidate));
  job.purpose = "doctor";
  job.workloads = {order.workload};
  job.blocks_per_process = order.blocks_per_process;
  job.looks = order.looks;
  job.time_limit_s = order.time_limit_s;
  const JobId id = evaluator_->submit(std::move(job));
  RIDGE_TRY(std::vector<Completion> done, evaluator_->poll());
  for (Completion& c : done)
    if (auto* record = std::get_if<DuelRecord>(&c.result); record && c.job == id) {
      if (record->outcome == DuelOutcome::failed)
        return world("the doctor's own kernel failed: {}", record->fault ? record->fault->text : "no reason given");
      return std::move(*record);
    }
  return world("the judge gave no answer to a duel");
}

}  // namespace ridge
