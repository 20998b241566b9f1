#include "device/cpu/cpu.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <sstream>

#include <sched.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/paths.h"
#include "base/text.h"
#include "confine/confine.h"
#include "device/ceilings_file.h"
#include "device/cpu/builder.h"
#include "device/cpu/ceilings.h"
#include "device/cpu/lane.h"
#include "device/cpu/sanitize.h"
#include "device/cpu/toolchain.h"

namespace ridge::cpu {
namespace {

// Cores this process may use, not cores of the machine: a container or taskset may allow fewer.
int usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

// The largest cache that this core reaches. sysconf adds up the whole socket on some virtual machines, so sysfs is
// asked first.
std::uint64_t last_cache() {
  std::uint64_t bytes = 0;
  for (int index = 0; index < 8; ++index) {
    std::ifstream in(fmt::format("/sys/devices/system/cpu/cpu0/cache/index{}/size", index));
    std::uint64_t size = 0;
    char unit = ' ';
    if (in >> size >> unit) bytes = std::max(bytes, size * (unit == 'M' ? 1u << 20 : 1u << 10));
  }
  if (bytes > 0) return bytes;
  const long known = sysconf(_SC_LEVEL3_CACHE_SIZE);
  return known > 0 ? std::uint64_t(known) : 32ull << 20;
}

std::vector<std::string> vector_features() {
  std::vector<std::string> found;
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("flags") && !line.starts_with("Features")) continue;
    std::istringstream words(line.substr(line.find(':') + 1));
    for (std::string w; words >> w;)
      for (const char* known : {"sse4_2", "avx", "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512vl",
                                "avx512_bf16", "avx512_fp16", "asimd", "sve"})
        if (w == known) found.push_back(w);
    break;
  }
  return found;
}

std::string widest(const std::vector<std::string>& features) {
  const auto has = [&](std::string_view f) { return std::find(features.begin(), features.end(), f) != features.end(); };
  return has("avx512f") ? "AVX-512"
         : has("avx2")  ? "AVX2"
         : has("avx")   ? "AVX"
         : has("sve")   ? "SVE"
         : has("asimd") ? "NEON"
                        : "SSE";
}

class CpuDevice : public Device {
 public:
  CpuDevice() : toolchain_(Toolchain::find()), builder_(toolchain_, worker_path(), images_folder()) {
    caps_.id = "cpu";
    caps_.cores = usable_cores();
    caps_.features = vector_features();
    caps_.compilers = toolchain_.names;
    caps_.compiler_versions = toolchain_.versions;
    caps_.plan.dialect = Dialect::cpp;
    caps_.plan.grid = false;
    caps_.plan.max_workers = caps_.cores;
    caps_.plan.max_bytes = 1ull << 30;
    caps_.isolation = probe_layers().present();
    caps_.missing = probe_layers().missing();
    if (!toolchain_.compilers.contains("clang++"))
      caps_.missing.emplace_back(
          "clang++: a second compiler to tune over (Debian: apt-get install clang-19 libomp-19-dev)");
    caps_.last_cache_bytes = last_cache();
    caps_.facts = {{"dev.cores", Number(caps_.cores)},
                   {"dev.sms", Number(0)},
                   {"dev.warp", Number(1)},
                   {"dev.shared_max", Number(0)},
                   {"dev.l2", Number(std::int64_t(caps_.last_cache_bytes))}};
    caps_.description =
        fmt::format("{} × {}, {}", caps_.cores, widest(caps_.features),
                    toolchain_.names.empty() ? "no compiler" : toolchain_.versions.at(toolchain_.names.front()));
  }

  const Capabilities& capabilities() const override { return caps_; }
  const Clock& clock() const override { return clock_; }

  Result<Judged<Binary>> compile(const CompileJob& job) override { return builder_.alone(job); }
  std::vector<Result<Judged<Binary>>> compile_many(std::span<const CompileJob> jobs, int parallel) override {
    return builder_.many(jobs, parallel);
  }

  Result<Judged<std::unique_ptr<Lane>>> open(const LaneSpec& spec) override { return lanes().open(spec); }
  void expect(const LaneSpec& spec, int count) override { lanes().expect(spec, count); }

  Result<std::vector<SanitizerFinding>> sanitize(const SanitizerJob& job) override {
    return cpu::sanitize(toolchain_, worker_path(), job);
  }

  Result<Ceilings> ceilings(bool measure_again) override {
    const std::lock_guard lock(mutex_);
    const std::string folder = cache_folder();
    const std::string path = folder.empty() ? ""
                                            : fmt::format("{}/ceilings-{}-{}.json", folder,
                                                          hex(hash_text(machine_identity()), 12), caps_.cores);
    if (!measure_again && !path.empty()) {
      if (auto stored = load_ceilings(path)) return stored;
    }
    RIDGE_TRY(Ceilings c, measure_ceilings(*this));
    if (!path.empty()) (void)save_ceilings(path, c);  // only costs the next run the measurement
    return c;
  }

 private:
  Lanes& lanes() {
    if (!lanes_) lanes_.emplace(LaneHost{worker_path(), caps_.cores, caps_.last_cache_bytes});
    return *lanes_;
  }
  static std::string images_folder() {
    const std::string folder = cache_folder();
    return folder.empty() ? "" : folder + "/images";
  }
  Toolchain toolchain_;
  Builder builder_;
  Capabilities caps_;
  SteadyClock clock_;
  std::optional<Lanes> lanes_;
  std::mutex mutex_;
};

class CpuBackend : public Backend {
 public:
  std::string_view name() const override { return "cpu"; }
  Dialect dialect() const override { return Dialect::cpp; }
  std::vector<DeviceId> devices() const override { return {"cpu"}; }
  std::string missing() const override { return ""; }
  Result<std::unique_ptr<Device>> open(const DeviceId&) override {
    if (!std::filesystem::exists(worker_path()))
      return world("{} is missing: it is built and installed beside ridgeline (or name it in RIDGELINE_WORKER)",
                   worker_path());
    return std::make_unique<CpuDevice>();
  }
};

}  // namespace

std::unique_ptr<Backend> make_backend() {
  return std::make_unique<CpuBackend>();
}

}  // namespace ridge::cpu
