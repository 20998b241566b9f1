#include "device/cpu/ceilings.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <numeric>

#include <sys/utsname.h>

#include "base/text.h"

namespace ridge::cpu {
namespace {

// One team walks its share of the working set `reps` times. Chunks are per thread, so caches private to a core are used
// as such.
constexpr const char* bandwidth_source = R"(
extern "C" void read_sum(const float* x, float* out, long long n, int reps) {
  float total = 0;
#pragma omp parallel reduction(+ : total)
  {
    float part = 0;
    for (int r = 0; r < reps; ++r) {
      float s = 0;
#pragma omp for schedule(static) nowait
      for (long long i = 0; i < n; ++i) s += x[i];
      part += s;
      asm volatile("" : "+m"(part) : : "memory");
    }
    total += part;
  }
  out[0] = total;
}
extern "C" void triad(const float* x, float* y, long long n, int reps) {
#pragma omp parallel
  for (int r = 0; r < reps; ++r) {
#pragma omp for schedule(static) nowait
    for (long long i = 0; i < n; ++i) y[i] = 0.5f * y[i] + x[i];
    asm volatile("" : : : "memory");
  }
}
extern "C" void nothing(float* out) { out[0] = 1; }
)";
constexpr const char* flops_source = R"(
#ifdef __AVX512F__
#define LANE_BYTES 64
#elif defined(__AVX__)
#define LANE_BYTES 32
#else
#define LANE_BYTES 16
#endif
template <class T>
static void chains(T* out, int reps) {
  typedef T vec __attribute__((vector_size(LANE_BYTES)));
#pragma omp parallel
  {
    vec a[12], m = {}, c = {};
    for (int k = 0; k < 12; ++k) a[k] = (vec){} + T(k + 1);
    m += T(0.999);
    c += T(0.001);
    for (int r = 0; r < reps; ++r)
      for (int u = 0; u < 8; ++u)
#pragma GCC unroll 12
        for (int k = 0; k < 12; ++k) a[k] = a[k] * m + c;
    vec s = a[0];
    for (int k = 1; k < 12; ++k) s += a[k];
    T sum = 0;
    for (unsigned i = 0; i < sizeof(vec) / sizeof(T); ++i) sum += s[i];
#pragma omp critical
    out[0] += sum;
  }
}
extern "C" void flops_f32(float* out, int reps) { chains<float>(out, reps); }
extern "C" void flops_f64(double* out, int reps) { chains<double>(out, reps); }
)";

KernelSignature::Parameter pointer(ScalarType t, bool read_only) {
  return {.pointer = true, .read_only = read_only, .type = t};
}
KernelSignature::Parameter value(ScalarType t) {
  return {.pointer = false, .read_only = false, .type = t};
}

ResolvedArgument storage_argument(std::uint32_t s, ScalarType t) {
  return {ResolvedArgument::Kind::storage, t, s, 0, 0};
}
ResolvedArgument integer_argument(std::int64_t v, ScalarType t) {
  return {ResolvedArgument::Kind::value, t, 0, 0, std::uint64_t(v)};
}

ResolvedPlan plan_of(std::vector<Storage> storages, std::vector<KernelSignature> kernels, std::uint32_t kernel,
                     std::vector<ResolvedArgument> arguments) {
  ResolvedPlan p;
  p.storages = std::move(storages);
  p.kernels = std::move(kernels);
  ResolvedStep s;
  s.kernel = kernel;
  s.arguments = std::move(arguments);
  p.steps.push_back(std::move(s));
  return p;
}

Storage storage(std::string name, ScalarType type, std::uint64_t count) {
  return {std::move(name), type, count, count * size_of(type), -1, false, {count}};
}

// Seconds of the fastest of a few runs long enough to matter.
Result<double> best_seconds(Lane& lane, const ResolvedPlan& plan, int tries) {
  auto allotted = lane.allot(plan, 1);
  if (!allotted) return std::unexpected(allotted.error());
  if (!*allotted) return world("measuring ceilings: {}", allotted->error().text);
  for (std::uint32_t i = 0; i < plan.storages.size(); ++i)
    RIDGE_TRY_VOID(lane.write(0, i, std::vector<std::byte>(plan.storages[i].bytes, std::byte{0})));
  double best = 1e9;
  for (int t = 0; t < tries; ++t) {
    RIDGE_TRY(auto burst, lane.run(0, 1, 30.0));
    if (!burst) return world("measuring ceilings: {}", burst.error().text);
    best = std::min(best, burst->seconds);
  }
  return best;
}

Result<std::unique_ptr<Lane>> lane_for(Device& device, const char* source, const std::vector<KernelSignature>& kernels,
                                       Binary& binary, std::uint64_t arena) {
  CompileJob job;
  job.file = "ceilings.cpp";
  job.source = source;
  job.flags = {"-O3", "-march=native", "-ffast-math", "-fopenmp"};
  job.kernels = kernels;
  RIDGE_TRY(auto compiled, device.compile(job));
  if (!compiled) return world("compiling the ceiling kernels: {}", compiled.error().text);
  binary = std::move(*compiled);
  LaneSpec spec;
  spec.binary = &binary;
  spec.workers = device.capabilities().cores;
  spec.arena_bytes = arena;
  RIDGE_TRY(auto lane, device.open(spec));
  if (!lane) return world("measuring ceilings: {}", lane.error().text);
  return std::move(*lane);
}

}  // namespace

std::string machine_identity() {
  std::string model = "unknown processor";
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("model name")) {
      model = std::string(trim(std::string_view(line).substr(line.find(':') + 1)));
      break;
    }
  utsname u{};
  uname(&u);
  return fmt::format("{}, {}, {} {}", model, u.machine, u.sysname, u.release);
}

Result<Ceilings> measure_ceilings(Device& device) {
  const Capabilities& caps = device.capabilities();
  Ceilings result;
  result.machine = machine_identity();
  result.date = SteadyClock().wall();

  const auto f32 = ScalarType::f32;
  const std::vector<KernelSignature> kernels = {
      {"read_sum", {pointer(f32, true), pointer(f32, false), value(ScalarType::i64), value(ScalarType::i32)}},
      {"triad", {pointer(f32, true), pointer(f32, false), value(ScalarType::i64), value(ScalarType::i32)}},
      {"nothing", {pointer(f32, false)}}};
  const std::uint64_t largest = std::max<std::uint64_t>(4 * caps.last_cache_bytes, 64ull << 20);
  Binary binary;
  RIDGE_TRY(auto lane, lane_for(device, bandwidth_source, kernels, binary, 2 * largest + (1 << 20)));

  const ResolvedPlan empty = plan_of({storage("out", f32, 16)}, kernels, 2, {storage_argument(0, f32)});
  RIDGE_TRY(result.call_latency_s, best_seconds(*lane, empty, 200));

  for (std::uint64_t bytes = 16 << 10; bytes <= largest; bytes *= 4) {
    const double target = 4e-3 * 2e10;  // bytes to move in one run: about 4 ms at 20 GB/s
    const auto reps = std::int64_t(std::clamp(target / double(bytes), 1.0, 20000.0));
    const std::int64_t n_read = std::int64_t(bytes / 4), n_triad = std::int64_t(bytes / 8);
    RIDGE_TRY(
        const double read,
        best_seconds(*lane,
                     plan_of({storage("x", f32, std::uint64_t(n_read)), storage("out", f32, 16)}, kernels, 0,
                             {storage_argument(0, f32), storage_argument(1, f32),
                              integer_argument(n_read, ScalarType::i64), integer_argument(reps, ScalarType::i32)}),
                     15));
    RIDGE_TRY(
        const double triad,
        best_seconds(
            *lane,
            plan_of({storage("x", f32, std::uint64_t(n_triad)), storage("y", f32, std::uint64_t(n_triad))}, kernels, 1,
                    {storage_argument(0, f32), storage_argument(1, f32), integer_argument(n_triad, ScalarType::i64),
                     integer_argument(reps, ScalarType::i32)}),
            15));
    const double rate = std::max(double(n_read) * 4 / read, double(n_triad) * 12 / triad) * double(reps);
    const std::string level = bytes <= 32u << 10               ? "L1"
                              : bytes <= 1u << 20              ? "L2"
                              : bytes <= caps.last_cache_bytes ? "L3"
                                                               : "DRAM";
    result.bandwidth.push_back({level, double(bytes), rate});
  }

  const std::vector<KernelSignature> flop_kernels = {
      {"flops_f32", {pointer(f32, false), value(ScalarType::i32)}},
      {"flops_f64", {pointer(ScalarType::f64, false), value(ScalarType::i32)}}};
  Binary flop_binary;
  RIDGE_TRY(auto flop_lane, lane_for(device, flops_source, flop_kernels, flop_binary, 1 << 20));
  const auto has = [&](const char* f) {
    return std::find(caps.features.begin(), caps.features.end(), f) != caps.features.end();
  };
  const double lane_bytes = has("avx512f") ? 64 : has("avx") ? 32 : 16;
  const int reps = 20000;
  for (const std::uint32_t k : {0u, 1u}) {
    const ScalarType type = k == 0 ? f32 : ScalarType::f64;
    RIDGE_TRY(const double seconds,
              best_seconds(*flop_lane,
                           plan_of({storage("out", type, 16)}, flop_kernels, k,
                                   {storage_argument(0, type), integer_argument(reps, ScalarType::i32)}),
                           60));
    const double flops = 2.0 * 12 * 8 * reps * (lane_bytes / double(size_of(type))) * caps.cores / seconds;
    (k == 0 ? result.flops_f32 : result.flops_f64) = flops;
  }
  return result;
}

}  // namespace ridge::cpu
