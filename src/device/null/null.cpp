#include "device/null/null.h"

#include <cmath>
#include <cstring>
#include <mutex>

#include "base/hash.h"

namespace ridge::null {
namespace {

struct Program {
  double seconds = 0;
  std::optional<Fault> fault;
  std::vector<double> runs;
};

// The machine all lanes of a device share: its clock, its drift.
struct Machine {
  explicit Machine(NullSettings s) : settings(std::move(s)), rng(settings.seed, "null machine") {}
  NullSettings settings;
  Rng rng;
  SimulatedClock clock;
  double drift = 0;
  std::uint64_t lanes = 0;
  std::map<Digest, Program> programs;

  double burst(double seconds, double process_bias) {
    const NoiseModel& n = settings.noise;
    drift += n.drift_step * rng.normal();
    if (n.step_chance > 0 && rng.coin(n.step_chance)) drift += n.step_size * rng.uniform(-1, 1);
    const double t = seconds * std::exp(drift + process_bias + n.sample * rng.normal());
    clock.advance(t);
    return t;
  }
};

class NullLane : public Lane {
 public:
  NullLane(Machine& machine, const Program& program, const LaneSpec& spec)
      : machine_(machine), program_(program), spec_(spec) {
    const NoiseModel& noise = machine.settings.noise;
    bias_ = noise.process * Rng(machine.settings.seed, "null lane", machine.lanes).normal();
    if (machine.lanes++ % 2 == 1) bias_ += noise.favour;
  }

  Result<Judged<void>> allot(const ResolvedPlan& plan, std::uint32_t sets) override {
    plan_ = plan;
    memory_.assign(sets, {});
    for (auto& set : memory_)
      for (const Storage& s : plan.storages) set.emplace_back(s.bytes);
    return Judged<void>();
  }
  Result<void> write(std::uint32_t set, std::uint32_t storage, std::span<const std::byte> bytes) override {
    RIDGE_CHECK(bytes.size() == memory_[set][storage].size(), "a storage is written whole");
    std::copy(bytes.begin(), bytes.end(), memory_[set][storage].begin());
    return {};
  }
  Result<void> read(std::uint32_t set, std::uint32_t storage, std::span<std::byte> bytes) override {
    RIDGE_CHECK(bytes.size() == memory_[set][storage].size(), "a storage is read whole");
    std::copy(memory_[set][storage].begin(), memory_[set][storage].end(), bytes.begin());
    return {};
  }
  Result<Judged<Burst>> run(std::uint32_t first, std::uint32_t count, double, bool) override {
    if (program_.fault) return Judged<Burst>(std::unexpected(*program_.fault));
    for (std::uint32_t s = first; s < first + count; ++s) execute(memory_[s]);
    Burst burst;
    const auto& runs = program_.runs;
    const double one = runs.empty() ? program_.seconds : runs[machine_.rng.below(runs.size())];
    burst.seconds = machine_.burst(one * count, bias_);
    burst.samples.assign(count, burst.seconds / count);
    burst.probe_before = burst.probe_after = 1e-5;
    return Judged<Burst>(std::move(burst));
  }
  Result<Judged<void>> inspect(std::uint32_t) override { return Judged<void>(); }
  Result<Judged<void>> idle_check() override { return Judged<void>(); }
  std::string output(bool& cut) override {
    cut = false;
    return "";
  }

 private:
  void execute(std::vector<std::vector<std::byte>>& set) {
    for (const ResolvedStep& s : plan_.steps) {
      switch (s.kind) {
        case ResolvedStep::Kind::launch:
          for (std::size_t i = 0; i < s.arguments.size(); ++i) {
            const ResolvedArgument& a = s.arguments[i];
            if (a.kind == ResolvedArgument::Kind::storage && !plan_.kernels[s.kernel].parameters[i].read_only)
              std::fill(set[a.storage].begin() + std::ptrdiff_t(a.offset), set[a.storage].end(), std::byte{0});
          }
          break;
        case ResolvedStep::Kind::fill:
          for (std::uint64_t b = 0; b < s.bytes; ++b)
            set[s.to][s.to_offset + b] = std::byte(s.pattern >> 8 * (b % std::max(1u, s.pattern_bytes)) & 255);
          break;
        case ResolvedStep::Kind::copy:
          std::memmove(set[s.to].data() + s.to_offset, set[s.from].data() + s.from_offset, s.bytes);
          break;
      }
    }
  }
  Machine& machine_;
  Program program_;
  LaneSpec spec_;
  double bias_ = 0;
  ResolvedPlan plan_;
  std::vector<std::vector<std::vector<std::byte>>> memory_;
};

double hashed_seconds(const CompileJob& job) {
  Hasher h;
  for (const auto& [macro, value] : job.macros) h.field(macro).field(value);
  const Digest d = h.digest();
  return 0.5e-3 * std::pow(4.0, double(d[0] | d[1] << 8) / 65535.0);
}

class NullDevice : public Device {
 public:
  explicit NullDevice(NullSettings settings) : machine_(std::move(settings)) {
    caps_.id = "null";
    caps_.description = "simulated times, no hardware";
    caps_.plan.dialect = Dialect::cpp;
    caps_.plan.max_workers = 2;
    caps_.compilers = {"null"};
    caps_.compiler_versions = {{"null", "null 1"}};
    caps_.cores = 2;
    caps_.last_cache_bytes = 1 << 20;
    caps_.simulated = true;
    caps_.facts = {{"dev.cores", Number(2)},
                   {"dev.sms", Number(0)},
                   {"dev.warp", Number(1)},
                   {"dev.shared_max", Number(0)},
                   {"dev.l2", Number(1 << 20)}};
  }
  const Capabilities& capabilities() const override { return caps_; }
  const Clock& clock() const override { return machine_.clock; }

  Result<Ceilings> ceilings(bool) override {
    Ceilings c;
    c.bandwidth = {{"L1", 32e3, 1e11}, {"DRAM", 1e9, 1e10}};
    c.flops_f32 = 1e11;
    c.flops_f64 = 5e10;
    c.call_latency_s = 1e-7;
    c.machine = "null";
    c.date = machine_.clock.wall();
    return c;
  }

  Result<Judged<Binary>> compile(const CompileJob& job) override {
    const NullSettings& s = machine_.settings;
    Hasher h;
    h.field(job.source);
    for (const auto& [macro, value] : job.macros) h.field(macro).field(value);
    for (const std::string& f : job.flags) h.field(f);
    Binary b;
    b.digest = h.digest();
    b.image = std::make_shared<const std::vector<std::byte>>();
    b.compile_seconds = s.compile_seconds;
    auto fault = s.fault ? s.fault(job) : std::nullopt;
    const std::lock_guard lock(mutex_);
    machine_.clock.advance(s.compile_seconds);
    if (fault && fault->verdict == Verdict::compile_failed) return Judged<Binary>(std::unexpected(*std::move(fault)));
    machine_.programs[b.digest] = {s.seconds ? s.seconds(job) : hashed_seconds(job), std::move(fault),
                                   s.runs ? s.runs(job) : std::vector<double>()};
    return Judged<Binary>(std::move(b));
  }

  Result<Judged<std::unique_ptr<Lane>>> open(const LaneSpec& spec) override {
    const auto program = machine_.programs.find(spec.binary->digest);
    RIDGE_CHECK(program != machine_.programs.end(), "only programs compiled by this device are opened");
    return Judged<std::unique_ptr<Lane>>(std::make_unique<NullLane>(machine_, program->second, spec));
  }

 private:
  Machine machine_;
  Capabilities caps_;
  std::mutex mutex_;
};

class NullBackend : public Backend {
 public:
  std::string_view name() const override { return "null"; }
  Dialect dialect() const override { return Dialect::cpp; }
  std::vector<DeviceId> devices() const override { return {"null"}; }
  std::string missing() const override { return ""; }
  Result<std::unique_ptr<Device>> open(const DeviceId&) override { return make_device({}); }
};

}  // namespace

std::unique_ptr<Device> make_device(NullSettings settings) {
  return std::make_unique<NullDevice>(std::move(settings));
}
std::unique_ptr<Backend> make_backend() {
  return std::make_unique<NullBackend>();
}

}  // namespace ridge::null
