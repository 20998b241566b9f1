#include "device/cuda/cuda.h"

#include <algorithm>
#include <charconv>
#include <mutex>
#include <optional>

#include <sched.h>

#include "base/paths.h"
#include "base/text.h"
#include "confine/confine.h"
#include "device/cuda/ceilings.h"
#include "device/cuda/internal/facts.h"
#include "device/cuda/lane.h"
#include "device/cuda/sanitize.h"

namespace ridge::embedded {
extern const char* const cuda_support;
}

namespace ridge::cuda {
namespace {

int host_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

std::string cubins_folder() {
  const std::string folder = cache_folder();
  return folder.empty() ? "" : folder + "/cubins";
}

Capabilities capabilities_of(const DeviceId& id, const GpuFacts& g, const MachineFacts& machine,
                             const std::string& architecture) {
  Capabilities c;
  c.id = id;
  c.plan.dialect = Dialect::cuda;
  c.plan.grid = true;
  c.plan.max_block = std::uint64_t(g.max_threads);
  c.plan.max_shared = g.shared_optin;
  c.plan.max_bytes = g.memory_bytes > 0 ? std::min<std::uint64_t>(g.memory_bytes / 8, 8ull << 30) : 4ull << 30;
  c.cores = host_cores();
  c.features = {architecture};
  if (g.clusters) c.features.emplace_back("clusters");
  c.compilers = {"nvrtc"};
  c.compiler_versions["nvrtc"] = machine.toolkit.version;
  if (!machine.driver_version.empty()) c.compiler_versions["driver"] = "CUDA " + machine.driver_version;
  c.isolation = probe_layers().present();
  c.isolation.emplace_back("a context of its own");
  c.missing = probe_layers().missing();
  if (machine.toolkit.headers.empty())
    c.missing.emplace_back(
        "the CUDA toolkit's device headers (cuda_fp16.h, cooperative_groups.h, …): kernels cannot "
        "include them; name their folder in RIDGELINE_CUDA_INCLUDE");
  if (g.memory_bytes > 0 && find_sanitizer().empty())
    c.missing.emplace_back(
        "compute-sanitizer (CUDA toolkit): champions are not searched for races and stray addresses");
  c.counters = g.memory_bytes > 0 && !machine.cupti.empty();
  if (g.memory_bytes > 0 && machine.cupti.empty()) c.missing.push_back(machine.cupti_missing);
  c.last_cache_bytes = g.l2_bytes;
  c.alignment = 256;
  c.facts = {{"dev.cores", Number(c.cores)},
             {"dev.sms", Number(g.multiprocessors)},
             {"dev.warp", Number(g.warp)},
             {"dev.shared_max", Number(std::int64_t(g.shared_optin))},
             {"dev.l2", Number(std::int64_t(g.l2_bytes))}};
  c.shares_host = false;
  c.state = g.state;
  c.description = fmt::format("{}, {} multiprocessors, {} of memory, {}", g.name, g.multiprocessors,
                              human_bytes(double(g.memory_bytes)), architecture);
  return c;
}

class CudaDevice : public Device {
 public:
  CudaDevice(const DeviceId& id, int number, const GpuFacts& g, const MachineFacts& machine)
      : number_(number),
        compiler_(machine.toolkit, worker_path(), architecture_of(g.major, g.minor), cubins_folder()),
        caps_(capabilities_of(id, g, machine, compiler_.architecture())),
        driver_(machine.driver_version) {}

  const Capabilities& capabilities() const override { return caps_; }
  const Clock& clock() const override { return clock_; }
  Result<Judged<Binary>> compile(const CompileJob& job) override { return compiler_.compile(job); }

  Result<Judged<std::unique_ptr<Lane>>> open(const LaneSpec& spec) override {
    RIDGE_TRY(Lanes* const lanes, ready_lanes());
    return lanes->open(spec);
  }
  void expect(const LaneSpec& spec, int count) override {
    if (auto lanes = ready_lanes()) (*lanes)->expect(spec, count);
  }

  Result<std::vector<SanitizerFinding>> sanitize(const SanitizerJob& job) override {
    RIDGE_TRY(Lanes* const lanes, ready_lanes());
    (void)lanes;
    CompileJob compile_job = job.compile;
    compile_job.flags.emplace_back("--generate-line-info");
    RIDGE_TRY(auto binary, compiler_.compile(compile_job));
    if (!binary) return world("a champion no longer builds: {}", binary.error().text);
    return cuda::sanitize(SanitizerHost{find_sanitizer(), worker_path(), number_, support_}, *binary, job);
  }

  Result<Ceilings> ceilings(bool measure_again) override {
    const std::lock_guard lock(mutex_);
    return stored_ceilings(*this, fmt::format("{}, driver {}", caps_.description, driver_), measure_again);
  }

 private:
  // Our own kernels are compiled when the first lane is wanted.
  Result<Lanes*> ready_lanes() {
    if (!lanes_) {
      CompileJob job;
      job.file = "support.cu";
      job.source = embedded::cuda_support;
      RIDGE_TRY(auto support, compiler_.compile(job));
      if (!support) return world("compiling our own kernels: {}", support.error().text);
      support_ = support->image;
      lanes_.emplace(LaneHost{worker_path(), number_, caps_.cores, support_});
    }
    return &*lanes_;
  }

  int number_;
  Compiler compiler_;
  Capabilities caps_;
  std::string driver_;
  SteadyClock clock_;
  std::shared_ptr<const std::vector<std::byte>> support_;
  std::optional<Lanes> lanes_;
  std::mutex mutex_;
};

// Compiles for an architecture; what runs is another matter.
class CompileOnlyDevice : public Device {
 public:
  CompileOnlyDevice(const DeviceId& id, const std::string& architecture, const GpuFacts& g, const MachineFacts& machine)
      : compiler_(machine.toolkit, worker_path(), architecture, cubins_folder()),
        caps_(capabilities_of(id, g, machine, architecture)) {
    caps_.description = fmt::format("compiles for {}, runs nothing; {}", architecture, machine.toolkit.version);
  }
  const Capabilities& capabilities() const override { return caps_; }
  const Clock& clock() const override { return clock_; }
  Result<Judged<Binary>> compile(const CompileJob& job) override { return compiler_.compile(job); }
  Result<Judged<std::unique_ptr<Lane>>> open(const LaneSpec&) override { return runs_nothing(); }
  Result<Ceilings> ceilings(bool) override { return runs_nothing(); }

 private:
  std::unexpected<Error> runs_nothing() const {
    return fail(Error::Kind::usage, "device {} only compiles (--compile-only); to run kernels name a GPU: cuda:0",
                caps_.id);
  }
  Compiler compiler_;
  Capabilities caps_;
  SteadyClock clock_;
};

class CudaBackend : public Backend {
 public:
  std::string_view name() const override { return "cuda"; }
  Dialect dialect() const override { return Dialect::cuda; }
  std::vector<DeviceId> devices() const override {
    std::vector<DeviceId> ids;
    if (machine_facts().toolkit.nvrtc.empty()) return ids;  // nothing could be compiled for them
    for (std::size_t i = 0; i < machine_facts().devices.size(); ++i) ids.push_back(fmt::format("cuda:{}", i));
    return ids;
  }
  std::string missing() const override {
    const MachineFacts& m = machine_facts();
    std::vector<std::string> lines;
    if (!m.driver_missing.empty()) lines.push_back("no GPU: " + m.driver_missing);
    if (m.driver_missing.empty() && m.devices.empty()) lines.emplace_back("no GPU: the driver sees none");
    if (m.toolkit.nvrtc.empty()) lines.push_back(m.toolkit.missing);
    if (m.devices.empty() && !m.toolkit.nvrtc.empty())
      lines.push_back(
          fmt::format("{} is here: sources can be compiled (check --dialect cuda --compile-only)", m.toolkit.version));
    return join(lines, "; ");
  }
  Result<std::unique_ptr<Device>> open(const DeviceId& id) override {
    const MachineFacts& m = machine_facts();
    const std::string_view rest = std::string_view(id).substr(std::min(id.size(), std::string_view("cuda:").size()));
    if (m.toolkit.nvrtc.empty()) return world("{}: {}", id, m.toolkit.missing);
    if (rest.starts_with("sm_")) {
      GpuFacts g;
      if (!facts_of_architecture(std::string(rest), g))
        return fail(Error::Kind::usage, "{}: no such architecture; for example sm_80, sm_90 or sm_90a", id);
      return std::make_unique<CompileOnlyDevice>(id, std::string(rest), g, m);
    }
    int number = -1;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc{} || end != rest.data() + rest.size() || number < 0)
      return fail(Error::Kind::usage, "{}: no such device; cuda:0 is the first GPU", id);
    if (std::size_t(number) >= m.devices.size())
      return world("{}: {}", id, m.devices.empty() ? missing() : fmt::format("there are {} GPUs", m.devices.size()));
    return std::make_unique<CudaDevice>(id, number, m.devices[std::size_t(number)], m);
  }
};

}  // namespace

std::unique_ptr<Backend> make_backend() {
  return std::make_unique<CudaBackend>();
}

}  // namespace ridge::cuda
