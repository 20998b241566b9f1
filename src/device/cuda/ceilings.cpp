#include "device/cuda/ceilings.h"

#include <algorithm>
#include <cmath>

#include "base/hash.h"
#include "base/paths.h"
#include "device/ceilings_file.h"

namespace ridge::cuda {
namespace {

constexpr unsigned long long largest = 1ull
                                       << 30;  // bytes of a working set: twenty times the L2 of today's largest chips
constexpr double bytes_per_run = 6e9;          // long beside what surrounds a call

// init: data that no unit finds easy. The others walk their arrays `reps` times, 16 bytes a thread and access, past the
// first-level cache, which keeps what one processor reads again. The accesses are volatile: a compiler that sees the
// same values read again need not read them.
constexpr const char* bandwidth_source = R"(
__device__ __forceinline__ float4 load(const float4* p) {
  float4 v;
  asm volatile("ld.relaxed.gpu.global.v4.f32 {%0, %1, %2, %3}, [%4];" : "=f"(v.x), "=f"(v.y), "=f"(v.z), "=f"(v.w) : "l"(p) : "memory");
  return v;
}
__device__ __forceinline__ void store(float4* p, float4 v) {
  asm volatile("st.global.cg.v4.f32 [%0], {%1, %2, %3, %4};" : : "l"(p), "f"(v.x), "f"(v.y), "f"(v.z), "f"(v.w) : "memory");
}
extern "C" __global__ void init(float* x, long long n) {
  for (long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x; i < n; i += (long long)gridDim.x * blockDim.x) {
    unsigned h = (unsigned)i * 0x9E3779B9u;
    h = (h ^ h >> 16) * 0x7FEB352Du;
    x[i] = __uint_as_float(0x3F000000u | (h >> 9)) - 0.75f;
  }
}
#define WALK(...)                                                                                                     \
  const long long step = (long long)gridDim.x * blockDim.x, first = blockIdx.x * (long long)blockDim.x + threadIdx.x; \
  for (int r = 0; r < reps; ++r)                                                                                      \
    for (long long i = first; i < n; i += 4 * step) {                                                                 \
      float4 a[4], b[4];                                                                                              \
      __VA_ARGS__                                                                                                     \
    }
#define EACH _Pragma("unroll") for (int k = 0; k < 4; ++k) if (i + k * step < n)
extern "C" __global__ void __launch_bounds__(512) read_sum(const float4* x, float* out, long long n, int reps) {
  float sum = 0;
  WALK(EACH a[k] = load(x + i + k * step); EACH sum += a[k].x + a[k].y + a[k].z + a[k].w; (void)b;)
  if (sum == 12345.678f) out[0] = sum;
}
extern "C" __global__ void __launch_bounds__(512) triad(const float4* x, float4* y, long long n, int reps) {
  WALK(EACH a[k] = load(x + i + k * step), b[k] = load(y + i + k * step);
       EACH store(y + i + k * step, make_float4(0.5f * b[k].x + a[k].x, 0.5f * b[k].y + a[k].y, 0.5f * b[k].z + a[k].z, 0.5f * b[k].w + a[k].w));)
}
extern "C" __global__ void __launch_bounds__(512) copy(const float4* x, float4* y, long long n, int reps) {
  WALK(EACH a[k] = load(x + i + k * step); EACH store(y + i + k * step, a[k]); (void)b;)
}
extern "C" __global__ void nothing(float* out) {}
)";

// Independent chains of fused multiply-adds, enough to hide their latency.
constexpr const char* flops_source = R"(
template <class T> __device__ void chains(T* out, int reps) {
  T a[16];
#pragma unroll
  for (int k = 0; k < 16; ++k) a[k] = T(threadIdx.x + k) * T(0.001);
  const T m = T(0.999) + T(blockIdx.x == 0xFFFFFF), c = T(0.001);
  for (int r = 0; r < reps; ++r)
#pragma unroll
    for (int u = 0; u < 4; ++u)
#pragma unroll
      for (int k = 0; k < 16; ++k) a[k] = a[k] * m + c;
  T sum = 0;
#pragma unroll
  for (int k = 0; k < 16; ++k) sum += a[k];
  if (sum == T(12345.678)) out[0] = sum;
}
extern "C" __global__ void __launch_bounds__(256) flops_f32(float* out, int reps) { chains<float>(out, reps); }
extern "C" __global__ void __launch_bounds__(256) flops_f64(double* out, int reps) { chains<double>(out, reps); }
)";

// One warpgroup's matrix products of 64 x 256 x k, operands in shared memory, as fast as they can be issued. What
// stands in shared memory is random and its layout is of no concern: only the rate is asked for.
std::string tensor_source() {
  std::string registers, operands, listing;
  for (int i = 0; i < 128; ++i) {
    registers += fmt::format("{}%{}", i ? ", " : "", i);
    operands += fmt::format("{}\"+f\"(d[{}])", i ? ", " : "", i);
  }
  std::string text = R"(
__device__ unsigned long long descriptor(const void* p) {
  const unsigned long long at = (unsigned long long)__cvta_generic_to_shared(p);
  return (at & 0x3FFFF) >> 4 | 8ull << 16 | 16ull << 32;
}
)";
  for (const auto& [name, shape, types, tail] : {std::tuple{"tf32", "m64n256k8", "tf32.tf32", ""},
                                                 {"f16", "m64n256k16", "f16.f16", ", 0, 0"},
                                                 {"bf16", "m64n256k16", "bf16.bf16", ", 0, 0"},
                                                 {"fp8", "m64n256k32", "e4m3.e4m3", ""}})
    text += fmt::format(R"(
extern "C" __global__ void __launch_bounds__(128) tensor_{0}(float* out, int reps) {{
  __shared__ __align__(1024) unsigned tile[10240];
  for (int i = threadIdx.x; i < 10240; i += 128) {{
    unsigned h = i * 0x9E3779B9u;
    h = (h ^ h >> 15) * 0x846CA68Bu;
    tile[i] = (h & 0x83FF83FFu) | 0x30003000u;
  }}
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  __syncthreads();
  float d[128];
#pragma unroll
  for (int i = 0; i < 128; ++i) d[i] = 0;
  const unsigned long long a = descriptor(tile), b = descriptor(tile + 2048);
  for (int r = 0; r < reps; ++r) {{
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll
    for (int u = 0; u < 4; ++u)
      asm volatile("wgmma.mma_async.sync.aligned.{1}.f32.{2} {{{4}}}, %128, %129, 1, 1, 1{3};" : {5} : "l"(a), "l"(b) : "memory");
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
    asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
  }}
  float sum = 0;
#pragma unroll
  for (int i = 0; i < 128; ++i) sum += d[i];
  if (sum == 12345.678f) out[0] = sum;
}}
)",
                        name, shape, types, tail, registers, operands);
  return text;
}

KernelSignature::Parameter pointer(ScalarType t, bool read_only) {
  return {.pointer = true, .read_only = read_only, .type = t};
}
KernelSignature::Parameter value(ScalarType t) {
  return {.pointer = false, .read_only = false, .type = t};
}
ResolvedArgument storage_argument(std::uint32_t s) {
  return {ResolvedArgument::Kind::storage, ScalarType::f32, s, 0, 0};
}
ResolvedArgument integer_argument(std::int64_t v, ScalarType t) {
  return {ResolvedArgument::Kind::value, t, 0, 0, std::uint64_t(v)};
}
Storage storage(std::string name, ScalarType type, std::uint64_t count) {
  return {std::move(name), type, count, count * size_of(type), -1, false, {count}};
}
ResolvedStep launch(std::uint32_t kernel, std::uint64_t blocks, std::uint64_t threads,
                    std::vector<ResolvedArgument> arguments) {
  ResolvedStep s;
  s.kernel = kernel;
  s.grid[0] = blocks;
  s.block[0] = threads;
  s.arguments = std::move(arguments);
  return s;
}

struct Bench {
  Binary binary;
  std::vector<KernelSignature> kernels;
  std::unique_ptr<Lane> lane;

  static Result<Bench> open(Device& device, const std::string& source, std::vector<KernelSignature> kernels,
                            std::uint64_t arena) {
    Bench b;
    b.kernels = std::move(kernels);
    CompileJob job;
    job.file = "ceilings.cu";
    job.source = source;
    job.kernels = b.kernels;
    RIDGE_TRY(auto compiled, device.compile(job));
    if (!compiled) return world("compiling the ceiling kernels: {}", compiled.error().text);
    b.binary = std::move(*compiled);
    LaneSpec spec;
    spec.binary = &b.binary;
    spec.arena_bytes = arena;
    RIDGE_TRY(auto lane, device.open(spec));
    if (!lane) return world("measuring ceilings: {}", lane.error().text);
    b.lane = std::move(*lane);
    return b;
  }

  // Seconds of the fastest of a few runs.
  Result<double> best(std::vector<Storage> storages, std::vector<ResolvedStep> setup, std::vector<ResolvedStep> steps,
                      int tries) {
    ResolvedPlan plan;
    plan.storages = std::move(storages);
    plan.kernels = kernels;
    plan.setup = std::move(setup);
    plan.steps = std::move(steps);
    RIDGE_TRY(auto allotted, lane->allot(plan, 1));
    if (!allotted) return world("measuring ceilings: {}", allotted.error().text);
    double least = 1e9;
    for (int t = 0; t < tries; ++t) {
      RIDGE_TRY(auto burst, lane->run(0, 1, 30.0));
      if (!burst) return world("measuring ceilings: {}", burst.error().text);
      least = std::min(least, burst->seconds);
    }
    return least;
  }
};

Result<void> measure_bandwidth(Device& device, std::uint64_t processors, Ceilings& out) {
  const auto f32 = ScalarType::f32;
  const auto array = pointer(f32, false), constant = pointer(f32, true);
  const std::vector<KernelSignature> kernels = {
      {"init", {array, value(ScalarType::i64)}},
      {"read_sum", {constant, array, value(ScalarType::i64), value(ScalarType::i32)}},
      {"triad", {constant, array, value(ScalarType::i64), value(ScalarType::i32)}},
      {"copy", {constant, array, value(ScalarType::i64), value(ScalarType::i32)}},
      {"nothing", {array}}};
  RIDGE_TRY(Bench bench, Bench::open(device, bandwidth_source, kernels, largest + (1 << 20)));

  const std::vector<Storage> small = {storage("out", f32, 16)};
  const ResolvedStep empty = launch(4, 1, 32, {storage_argument(0)});
  RIDGE_TRY(out.call_latency_s, bench.best(small, {}, {empty}, 200));
  constexpr int chain = 1000;
  RIDGE_TRY(const double many, bench.best(small, {}, std::vector<ResolvedStep>(chain, empty), 20));
  out.graph_node_s = many / chain;

  const std::uint64_t l2 = device.capabilities().last_cache_bytes;
  // Closer where the cache ends: what stands between two sizes is interpolated.
  for (const std::uint64_t bytes : {1ull << 20, 4ull << 20, 16ull << 20, 32ull << 20, 48ull << 20, 64ull << 20,
                                    96ull << 20, 128ull << 20, 256ull << 20, largest}) {
    double rate = 0;
    for (const std::uint32_t kernel : {1u, 2u, 3u}) {
      const bool read = kernel == 1;
      const std::uint64_t floats = bytes / (read ? 4 : 8), vectors = floats / 4;
      const double moved = double(floats) * (read ? 4 : kernel == 2 ? 12 : 8);
      const auto reps = std::int64_t(std::clamp(std::round(bytes_per_run / moved), 1.0, 20000.0));
      // A grid that stays and walks everything again and again; or, where that makes few launches, a thread for every
      // four vectors in launches of their own: repeating inside those, a block would find its part in the cache.
      for (const std::uint64_t blocks : {processors * 2, processors * 4, std::max<std::uint64_t>(vectors / 2048, 1)}) {
        const bool stays = blocks <= processors * 4;
        if (!stays && reps > 100) continue;
        const ResolvedStep step =
            launch(kernel, std::min<std::uint64_t>(blocks, 1 << 20), 512,
                   {storage_argument(0), storage_argument(1), integer_argument(std::int64_t(vectors), ScalarType::i64),
                    integer_argument(stays ? reps : 1, ScalarType::i32)});
        RIDGE_TRY(const double seconds,
                  bench.best({storage("x", f32, floats), storage("y", f32, read ? 16 : floats)},
                             {launch(0, processors * 8, 256,
                                     {storage_argument(0), integer_argument(std::int64_t(floats), ScalarType::i64)})},
                             std::vector<ResolvedStep>(stays ? 1 : std::size_t(reps), step), 6));
        rate = std::max(rate, moved * double(reps) / seconds);
      }
    }
    out.bandwidth.push_back({bytes <= l2 / 2 ? "L2" : bytes <= 2 * l2 ? "L2 and HBM" : "HBM", double(bytes), rate});
  }
  return {};
}

Result<void> measure_flops(Device& device, std::uint64_t processors, Ceilings& out) {
  const std::vector<KernelSignature> kernels = {
      {"flops_f32", {pointer(ScalarType::f32, false), value(ScalarType::i32)}},
      {"flops_f64", {pointer(ScalarType::f64, false), value(ScalarType::i32)}}};
  RIDGE_TRY(Bench bench, Bench::open(device, flops_source, kernels, 1 << 20));
  for (const std::uint32_t k : {0u, 1u}) {
    const ScalarType type = k == 0 ? ScalarType::f32 : ScalarType::f64;
    const int reps = 4096;
    const std::uint64_t blocks = processors * 8, threads = 256;
    RIDGE_TRY(
        const double seconds,
        bench.best({storage("out", type, 16)}, {},
                   {launch(k, blocks, threads, {storage_argument(0), integer_argument(reps, ScalarType::i32)})}, 20));
    (k == 0 ? out.flops_f32 : out.flops_f64) = 2.0 * 16 * 4 * reps * double(blocks * threads) / seconds;
  }
  return {};
}

Result<void> measure_tensor(Device& device, std::uint64_t processors, Ceilings& out) {
  const KernelSignature::Parameter array = pointer(ScalarType::f32, false), count = value(ScalarType::i32);
  const std::vector<KernelSignature> kernels = {{"tensor_tf32", {array, count}},
                                                {"tensor_f16", {array, count}},
                                                {"tensor_bf16", {array, count}},
                                                {"tensor_fp8", {array, count}}};
  const double products[] = {8, 16, 16, 32};
  RIDGE_TRY(Bench bench, Bench::open(device, tensor_source(), kernels, 1 << 20));
  for (std::uint32_t k = 0; k < kernels.size(); ++k) {
    const int reps = 4096;
    const std::uint64_t blocks = processors * 2;
    RIDGE_TRY(const double seconds,
              bench.best({storage("out", ScalarType::f32, 16)}, {},
                         {launch(k, blocks, 128, {storage_argument(0), integer_argument(reps, ScalarType::i32)})}, 20));
    out.flops_matrix[kernels[k].kernel.substr(7)] = 2.0 * 64 * 256 * products[k] * 4 * reps * double(blocks) / seconds;
  }
  return {};
}

Result<Ceilings> measure(Device& device, const std::string& machine) {
  Ceilings out;
  out.machine = machine;
  out.date = SteadyClock().wall();
  const Capabilities& caps = device.capabilities();
  RIDGE_TRY(const Number sms, [&]() -> Result<Number> { return caps.facts.at("dev.sms"); }());
  const auto processors = std::uint64_t(std::max<std::int64_t>(sms.integer(), 1));
  RIDGE_TRY_VOID(measure_bandwidth(device, processors, out));
  RIDGE_TRY_VOID(measure_flops(device, processors, out));
  const bool warpgroups = std::ranges::find(caps.features, "sm_90a") != caps.features.end();
  if (warpgroups) RIDGE_TRY_VOID(measure_tensor(device, processors, out));
  return out;
}

}  // namespace

Result<Ceilings> stored_ceilings(Device& device, const std::string& machine, bool measure_again) {
  const std::string folder = cache_folder();
  const std::string path =
      folder.empty() ? "" : fmt::format("{}/ceilings-{}.json", folder, hex(hash_text(machine), 12));
  if (!measure_again && !path.empty()) {
    if (auto stored = load_ceilings(path)) return stored;
  }
  RIDGE_TRY(Ceilings c, measure(device, machine));
  if (!path.empty()) (void)save_ceilings(path, c);  // only costs the next run the measurement
  return c;
}

}  // namespace ridge::cuda
