// What counting costs on an NVIDIA GPU: nine metrics of one kernel (a copy of 512 MiB), in the process that stays,
// against starting Nsight Compute for it.
//
//   bench_counters [--repeat 5] [--ncu PATH] > counters.json
//   bench_counters once        launches the kernel once and ends: what ncu looks at
//
// Prints one JSON object: seconds of each way, every repetition, and what both counted.
#include "device/cuda/internal/counters.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <nlohmann/json.hpp>

#include "base/subprocess.h"
#include "base/text.h"
#include "device/table/table.h"

namespace ridge {
namespace {

using Json = nlohmann::json;
constexpr std::uint64_t bytes = 512ull << 20;
constexpr const char* source = R"(extern "C" __global__ void copy(const float4* x, float4* y, long long n) {
  for (long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x; i < n; i += (long long)gridDim.x * blockDim.x) y[i] = x[i];
}
)";
const std::vector<std::string> nine = {"seconds",      "dram_read_bytes",   "dram_write_bytes",
                                       "dram_percent", "l2_percent",        "l1_percent",
                                       "sm_percent",   "occupancy_percent", "instructions"};

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Copy {
  std::unique_ptr<Device> device;
  Binary binary;

  static Result<Copy> open() {
    Copy c;
    RIDGE_TRY(c.device, open_device("cuda:0"));
    CompileJob job;
    job.file = "copy.cu";
    job.source = source;
    job.kernels = signature();
    RIDGE_TRY(auto binary, c.device->compile(job));
    if (!binary) return world("{}", binary.error().text);
    c.binary = std::move(*binary);
    return c;
  }
  static std::vector<KernelSignature> signature() {
    const auto array = [](bool constant) {
      return KernelSignature::Parameter{.pointer = true, .read_only = constant, .type = ScalarType::f32};
    };
    return {{"copy", {array(true), array(false), {.pointer = false, .read_only = false, .type = ScalarType::i64}}}};
  }
  static ResolvedPlan plan() {
    ResolvedPlan p;
    p.storages = {{"x", ScalarType::f32, bytes / 4, bytes, 0, false, {bytes / 4}},
                  {"y", ScalarType::f32, bytes / 4, bytes, 1, false, {bytes / 4}}};
    p.kernels = signature();
    ResolvedStep step;
    step.grid[0] = 1056;
    step.block[0] = 256;
    step.arguments = {{ResolvedArgument::Kind::storage, ScalarType::f32, 0, 0, 0},
                      {ResolvedArgument::Kind::storage, ScalarType::f32, 1, 0, 0},
                      {ResolvedArgument::Kind::value, ScalarType::i64, 0, 0, bytes / 16}};
    p.steps.push_back(std::move(step));
    return p;
  }
  Result<std::unique_ptr<Lane>> lane(bool counters) {
    LaneSpec spec;
    spec.binary = &binary;
    spec.arena_bytes = 2 * bytes + (1 << 20);
    spec.counters = counters;
    RIDGE_TRY(auto lane, device->open(spec));
    if (!lane) return world("{}", lane.error().text);
    RIDGE_TRY(auto allotted, (*lane)->allot(plan(), 1));
    if (!allotted) return world("{}", allotted.error().text);
    for (const std::uint32_t b : {0u, 1u}) RIDGE_TRY_VOID((*lane)->poison(0, b, ScalarType::f32, 7 + b));
    return std::move(*lane);
  }
};

Result<void> once() {
  RIDGE_TRY(Copy c, Copy::open());
  RIDGE_TRY(auto lane, c.lane(false));
  RIDGE_TRY(auto ran, lane->run(0, 1, 10));
  if (!ran) return world("{}", ran.error().text);
  return {};
}

Result<Json> in_process(int repeat) {
  RIDGE_TRY(Copy c, Copy::open());
  Json j = {{"first_s", 0},
            {"new_candidate_s", Json::array()},
            {"next_count_s", Json::array()},
            {"all_metrics_s", Json::array()}};
  for (int i = 0; i <= repeat; ++i) {
    const double begin = now();
    RIDGE_TRY(auto lane, c.lane(true));
    RIDGE_TRY(auto counted, lane->count(0, nine, 10));
    if (!counted) return world("{}", counted.error().text);
    const double first = now();
    if (i == 0)
      j["first_s"] = first - begin;  // makes the context, opens the library
    else
      j["new_candidate_s"].push_back(first - begin);
    RIDGE_TRY(auto again, lane->count(0, nine, 10));
    const double second = now();
    j["next_count_s"].push_back(second - first);
    if (!again) return world("{}", again.error().text);
    j["values"] = again->ranges.at(0).values;
    j["passes"] = again->passes;
    RIDGE_TRY(auto all, lane->count(0, {}, 10));
    if (!all) return world("{}", all.error().text);
    j["all_metrics_s"].push_back(now() - second);
    j["all_passes"] = all->passes;
  }
  return j;
}

Result<Json> with_ncu(const std::string& ncu, const std::string& self, int repeat) {
  std::vector<std::string> names;
  for (const cuda::Metric& m : cuda::known_metrics())
    if (std::ranges::find(nine, m.name) != nine.end()) names.emplace_back(m.cupti);
  Json j = {{"seconds", Json::array()}, {"program_alone_s", Json::array()}};
  for (int i = 0; i < repeat; ++i) {
    const double begin = now();
    RIDGE_TRY(const ProcessResult said, run_process({.argv = {ncu, "--target-processes", "all", "--kernel-name", "copy",
                                                              "--csv", "--metrics", join(names, ","), self, "once"},
                                                     .folder = "",
                                                     .environment = {},
                                                     .time_limit_s = 120}));
    j["seconds"].push_back(now() - begin);
    std::string table;  // without what it says of the process
    for (const std::string& line : split_lines(said.output))
      if (line.starts_with('"')) table += line + "\n";
    j["said"] = table.substr(0, 4000);
    const double middle = now();
    RIDGE_TRY(const ProcessResult alone,
              run_process({.argv = {self, "once"}, .folder = "", .environment = {}, .time_limit_s = 120}));
    (void)alone;
    j["program_alone_s"].push_back(now() - middle);
  }
  return j;
}

Result<void> main_(int argc, char** argv) {
  int repeat = 5;
  std::string ncu = find_program("ncu");
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "once") == 0) return once();
    if (std::strcmp(argv[i], "--repeat") == 0 && i + 1 < argc) repeat = std::atoi(argv[++i]);
    if (std::strcmp(argv[i], "--ncu") == 0 && i + 1 < argc) ncu = argv[++i];
  }
  RIDGE_TRY(Json mine, in_process(repeat));
  Json j = {{"kernel", "copy of 512 MiB"}, {"metrics", nine}, {"in_process", std::move(mine)}};
  if (!ncu.empty()) {
    RIDGE_TRY(j["ncu"], with_ncu(ncu, argv[0], repeat));
  }
  std::puts(j.dump(1).c_str());
  return {};
}

}  // namespace
}  // namespace ridge

int main(int argc, char** argv) {
  if (const auto done = ridge::main_(argc, argv); !done) {
    std::fprintf(stderr, "error: %s\n", done.error().message.c_str());
    return 3;
  }
  return 0;
}
