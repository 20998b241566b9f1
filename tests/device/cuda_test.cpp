// The CUDA backend's own rules: signatures, missing kernels, faults, hangs, gates, plans that no GPU runs. On the
// emulator, so on every machine; what the emulator cannot show is in the contract on a real one.
#include <csignal>
#include <fstream>

#include "../device/plans.h"
#include "device/cuda/cubin.h"
#include "device/cuda/glue.h"
#include "device/cuda/internal/nvml.h"
#include "device/cuda/internal/protocol.h"
#include "device/cuda/sanitize.h"
#include "evaluate/internal/poison.h"
#include "workshop.h"

namespace ridge::cuda {
namespace {

using testing::HasSubstr;
using namespace plans;

Device& gpu() {
  static const std::unique_ptr<Device> one = [] {
    auto opened = open_device("cuda:0");
    RIDGE_CHECK(opened, opened ? "" : opened.error().message);
    return std::move(*opened);
  }();
  return *one;
}

const KernelSignature take = {"take",
                              {pointer(ScalarType::f32, true), pointer(ScalarType::f32), value(ScalarType::i32)}};

CompileJob gpu_job(const std::string& parameters, const std::string& body = "") {
  CompileJob j = job("extern \"C\" __global__ void take(" + parameters + ") { " + body + " }\n", {take}, {});
  j.file = "folder/it.cu";
  return j;
}
const std::string right_parameters = "const float* x, float* y, int n";

struct Running {
  Binary binary;
  std::unique_ptr<Lane> lane;
};
Running running(const std::string& body, std::uint32_t sets = 1, std::uint64_t count = 64,
                std::vector<ResolvedStep> steps = {}) {
  Running r;
  r.binary = sure(gpu().compile(gpu_job(right_parameters, body)));
  LaneSpec spec;
  spec.binary = &r.binary;
  spec.arena_bytes = 4 << 20;
  r.lane = sure(gpu().open(spec));
  if (steps.empty()) steps = {launch(0, {buffer(0), buffer(1), integer(std::int64_t(count))})};
  sure(r.lane->allot(plan({storage("x", count), storage("y", count)}, {take}, std::move(steps)), sets));
  for (std::uint32_t s = 0; s < sets; ++s)
    for (std::uint32_t b = 0; b < 2; ++b) put(*r.lane, s, b, std::vector<float>(count, 1));
  return r;
}

TEST(CudaCompile, ASignatureThatDoesNotFitThePlanSaysWhichArgument) {
  const std::pair<const char*, const char*> wrong[] = {
      {"const float* x, float* y", "kernel take: the plan passes 3 argument(s)"},
      {"const float* x, float* y, long long n", "kernel take, argument 3: the plan passes a i32 (int)"},
      {"const float* x, float* y, float n", "kernel take, argument 3"},
      {"float* x, float* y, int n", "kernel take, argument 1: this buffer is read only"},
      {"const float* x, double* y, int n", "kernel take, argument 2: the plan passes a buffer of f32"},
      {"const float* x, float y, int n",
       "kernel take, argument 2: the plan passes a buffer, the kernel takes a value"}};
  for (const auto& [parameters, text] : wrong) {
    const Fault f = fault_of(gpu().compile(gpu_job(parameters)));
    EXPECT_EQ(outcome(f), "compile_failed signature") << parameters;
    EXPECT_THAT(f.text, HasSubstr(text));
  }
  for (const char* parameters : {"const float* __restrict__ x, float* __restrict__ y, const int n",
                                 "const void* x, int* y, int n", "const float* const x, float* y, unsigned n"})
    sure(gpu().compile(gpu_job(parameters)));
}

TEST(CudaCompile, AKernelThatIsNotThereIsNamed) {
  CompileJob j = gpu_job(right_parameters);
  j.source = "extern \"C\" __global__ void other() {}\n";
  EXPECT_EQ(outcome(fault_of(gpu().compile(j))), "compile_failed missing_kernel");
  // Its name must be the plan's, not a mangled one.
  j.source = "__global__ void take(" + right_parameters + ") {}\n";
  const Fault f = fault_of(gpu().compile(j));
  EXPECT_EQ(outcome(f), "compile_failed missing_kernel");
  EXPECT_THAT(f.text, HasSubstr("extern \"C\" __global__ void take"));
}

TEST(CudaCompile, FilesOfTheMachineAreOutOfReach) {
  CompileJob j = gpu_job(right_parameters);
  j.source = "#include \"/etc/passwd\"\n" + j.source;
  const Fault f = fault_of(gpu().compile(j));
  EXPECT_EQ(outcome(f), "compile_failed compiler_error");
  EXPECT_THAT(f.text, testing::Not(HasSubstr("root:")));
}

TEST(CudaCompile, FactsOfEachKernelComeWithTheBinary) {
  const Binary b = sure(gpu().compile(gpu_job(right_parameters)));
  EXPECT_EQ(b.facts.at("take.registers"), "16");
  EXPECT_EQ(b.facts.at("take.spill_bytes"), "0");
  EXPECT_EQ(b.facts.at("architecture"), "sm_90a");
}

TEST(CudaCompile, WhatWasCompiledIsFoundAgain) {
  const std::string body = "y[0] = " + std::to_string(::getpid()) + ";";
  const Binary first = sure(gpu().compile(gpu_job(right_parameters, body)));
  EXPECT_FALSE(first.cached);
  const Binary second = sure(gpu().compile(gpu_job(right_parameters, body)));
  EXPECT_TRUE(second.cached);
  EXPECT_EQ(*second.image, *first.image);
  EXPECT_EQ(second.facts, first.facts);
}

TEST(CudaLane, AWriteOutsideABufferIsFound) {
  struct Row {
    const char* body;
    const char* text;
  };
  for (const Row& row :
       {Row{"y[n] = 3;", "4 byte(s) behind its end"}, {"y[-1] = 3;", "4 byte(s) before its beginning"}}) {
    const Running r = running(row.body, 2);
    sure(r.lane->run(1, 1, 30));
    sure(r.lane->inspect(0));
    const Fault f = fault_of(r.lane->inspect(1));
    EXPECT_EQ(outcome(f), "wrong_result bounds");
    EXPECT_EQ(f.text, std::string("storage 1: written ") + row.text);
  }
}

TEST(CudaLane, AContextThatIsLostIsTheCandidatesFaultAndTheNextOneHasAnother) {
  const Running r = running("y[1ll << 40] = 3;");
  const Fault f = fault_of(r.lane->run(0, 1, 30));
  EXPECT_EQ(outcome(f), "crashed device_fault");
  EXPECT_EQ(outcome(fault_of(r.lane->run(0, 1, 30))), "crashed device_fault");
  const Running next = running("y[0] = 2;");
  sure(next.lane->run(0, 1, 30));
  EXPECT_EQ(get(*next.lane, 0, 1, 64)[0], 2);
}

TEST(CudaLane, AKernelWithoutAnEndIsKilled) {
  const Running r = running("while (*(const volatile float*)x == 1) {}");
  EXPECT_EQ(outcome(fault_of(r.lane->run(0, 1, 0.3))), "timed_out time_limit");
  const Running next = running("y[0] = 2;");
  sure(next.lane->run(0, 1, 30));
}

TEST(CudaLane, LongPlansRunAsOneGraphAndTooManyForTheGateRunWithout) {
  const ResolvedStep one = launch(0, {buffer(0), buffer(1), integer(64)});
  for (const std::size_t n : {2u, 300u, 900u}) {
    const Running r = running("y[0] += 1;", 3, 64, std::vector<ResolvedStep>(n, one));
    const Burst burst = sure(r.lane->run(0, 3, 30));
    EXPECT_EQ(burst.samples.size(), 3u);
    for (std::uint32_t set = 0; set < 3; ++set) EXPECT_EQ(get(*r.lane, set, 1, 64)[0], float(1 + n));
  }
}

TEST(CudaLane, AFillOfEightByteElementsIsAKernelOfOurs) {
  const Running r = running("", 1, 64, {fill(1, 8, 16, 0x3FF0000040000000ull, 8), fill(1, 32, 4, 0x40400000, 4)});
  sure(r.lane->run(0, 1, 30));
  const std::vector<float> y = get(*r.lane, 0, 1, 64);
  EXPECT_EQ(y[1], 1);
  EXPECT_EQ(y[2], 2);
  EXPECT_EQ(y[3], 1.875f);
  EXPECT_EQ(y[4], 2);
  EXPECT_EQ(y[6], 1);
  EXPECT_EQ(y[8], 3);
}

TEST(CudaLane, APlanThatNeedsLessSharedMemoryTakesNoneFromAnother) {
  const Binary binary = sure(gpu().compile(gpu_job(right_parameters, "y[0] += 1;")));
  LaneSpec spec;
  spec.binary = &binary;
  spec.arena_bytes = 1 << 20;
  const auto lane = sure(gpu().open(spec));
  ResolvedStep large = launch(0, {buffer(0), buffer(1), integer(8)}), small = large;
  large.shared = 200 << 10;
  small.shared = 1 << 10;
  const ResolvedPlan plans[] = {plan({storage("x", 8), storage("y", 8)}, {take}, {large, large}),
                                plan({storage("x", 9), storage("y", 9)}, {take}, {small})};
  for (const std::size_t which : {0u, 1u, 0u, 1u}) {
    sure(lane->allot(plans[which], 2));
    put(*lane, 1, 1, std::vector<float>(8 + which, 0));
    sure(lane->run(1, 1, 30));
    EXPECT_EQ(get(*lane, 1, 1, 8 + which)[0], which == 0 ? 2 : 1);
  }
}

TEST(CudaLane, PoisonMadeOnTheDeviceIsThePoisonOfTheHost) {
  const Binary binary = sure(gpu().compile(gpu_job(right_parameters)));
  LaneSpec spec;
  spec.binary = &binary;
  spec.arena_bytes = 1 << 20;
  const auto lane = sure(gpu().open(spec));
  for (const char* type_name :
       {"f64", "f32", "f16", "bf16", "fp8", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "bool"}) {
    const ScalarType type = *scalar_type_of(type_name);
    ResolvedPlan p = plan({storage("x", 777, type)}, {}, {});
    sure(lane->allot(p, 1));
    const std::uint64_t seed = 0x123456789ABCDEFull + size_of(type);
    const auto done = lane->poison(0, 0, type, seed);
    ASSERT_TRUE(done && *done);
    std::vector<std::byte> expected(p.storages[0].bytes), got(expected.size());
    poison(expected, type, seed);
    ASSERT_TRUE(lane->read(0, 0, got));
    EXPECT_EQ(got, expected) << type_name;
    sure(lane->inspect(0));
  }
}

TEST(CudaLane, AWorkerServesTheNextCandidateUnlessAFreshOneIsAskedFor) {
  const Binary binary = sure(gpu().compile(gpu_job(right_parameters, "y[0] = 7;")));
  LaneSpec spec;
  spec.binary = &binary;
  spec.arena_bytes = 1 << 20;
  for (const bool fresh : {false, false, true}) {
    spec.fresh = fresh;
    const auto lane = sure(gpu().open(spec));
    sure(lane->allot(plan({storage("x", 8), storage("y", 8)}, {take}, {launch(0, {buffer(0), buffer(1), integer(8)})}),
                     2));
    put(*lane, 1, 1, std::vector<float>(8, 0));
    sure(lane->run(1, 1, 30));
    EXPECT_EQ(get(*lane, 1, 1, 8)[0], 7);
    sure(lane->inspect(1));
  }
}

const CounterRange* range_of(const Counted& c, const std::string& kernel) {
  const auto at = std::ranges::find(c.ranges, kernel, &CounterRange::kernel);
  return at == c.ranges.end() ? nullptr : &*at;
}

Running counting(const std::string& body, std::vector<ResolvedStep> steps) {
  Running r;
  r.binary = sure(gpu().compile(gpu_job(right_parameters, body)));
  LaneSpec spec;
  spec.binary = &r.binary;
  spec.arena_bytes = 1 << 20;
  spec.counters = true;
  r.lane = sure(gpu().open(spec));
  sure(r.lane->allot(plan({storage("x", 64), storage("y", 64)}, {take}, std::move(steps)), 1));
  for (std::uint32_t b = 0; b < 2; ++b) put(*r.lane, 0, b, std::vector<float>(64, 1));
  return r;
}

TEST(CudaCounters, OneCallIsCountedAsOftenAsItsCountersNeedPassesAlwaysOnTheSameContents) {
  EXPECT_TRUE(gpu().capabilities().counters);
  ResolvedStep one = launch(0, {buffer(0), buffer(1), integer(64)});
  one.block[0] = 64;
  // What it does depends on what it finds: were the contents not brought back, the passes would differ, which is
  // refused.
  const Running r =
      counting("if (threadIdx.x == 0) y[0] += 1; if (y[0] == 3) y[1] = 7;", {one, fill(1, 8, 16, 0, 4), one});
  const Counted c = sure(r.lane->count(0, {}, 10));
  EXPECT_GT(c.passes, 1);
  ASSERT_EQ(c.ranges.size(), 2u);
  EXPECT_EQ(c.ranges[0].kernel, "");
  const std::map<std::string, double>& all = c.ranges[0].values;
  EXPECT_EQ(all.at("instructions"), 128);
  EXPECT_EQ(all.at("dram_read_bytes"), 8 * 128);
  // Shares of the time are shares of what the call takes uncounted: the emulator's ranges take 10 ns for each thread.
  EXPECT_NEAR(all.at("dram_percent"), 70 * 1.28e-6 / all.at("seconds"), 1e-6 * all.at("dram_percent"));
  EXPECT_EQ(all.at("occupancy_percent"), 20);
  EXPECT_FALSE(all.contains("stall.membar")) << "the chip has no such counter";
  EXPECT_TRUE(all.contains("stall.barrier"));
  EXPECT_FALSE(all.contains("l2_hit_percent")) << "a rate of nothing is none";
  const CounterRange* kernel = range_of(c, "take");
  ASSERT_TRUE(kernel);
  EXPECT_EQ(kernel->launches, 2u);
  EXPECT_EQ(kernel->values.at("instructions"), 64);
  EXPECT_EQ(kernel->values.at("occupancy_limit_percent"), 50);
  // Again, with some of them only.
  const Counted few = sure(r.lane->count(0, {"instructions", "dram_percent"}, 10));
  EXPECT_EQ(few.passes, 1);
  EXPECT_EQ(few.ranges[0].values.size(), 3u) << "and the time";
}

TEST(CudaState, ClocksAndPowerAreFactsOfTheDevice) {
  const std::map<std::string, std::string>& state = gpu().capabilities().state;
  EXPECT_EQ(state.at("clock"), "1200 of 1980 MHz");
  EXPECT_EQ(state.at("power"), "87 of 700 W");
  EXPECT_EQ(state.at("clocks held back by"), "power cap, heat");
  EXPECT_FALSE(state.contains("temperature")) << "it has no sensor";
  EXPECT_EQ(clock_limits(0), "nothing");
}

TEST(CudaCounters, ALaunchAloneHasNoPartsAndTheProcessServesTheNextOne) {
  for (int i = 0; i < 2; ++i) {
    const Running r = counting("y[1] = 7;", {launch(0, {buffer(0), buffer(1), integer(64)})});
    const Counted c = sure(r.lane->count(0, {}, 10));
    ASSERT_EQ(c.ranges.size(), 1u);
    EXPECT_EQ(c.ranges[0].values.at("instructions"), 1);
  }
}

TEST(CudaCounters, ACandidateThatFailsWhileItIsCountedFailsItself) {
  const Running r = counting("y[1ll << 40] = 3;", {launch(0, {buffer(0), buffer(1), integer(64)})});
  EXPECT_EQ(outcome(fault_of(r.lane->count(0, {}, 10))), "crashed device_fault");
}

TEST(CudaCounters, CountersThatAreKeptFromUsAreTheWorldsWord) {
  setenv("RIDGELINE_EMULATOR_KEEPS_COUNTERS", "1", 1);
  const Binary binary = sure(gpu().compile(gpu_job(right_parameters, "y[0] = 7;")));
  auto device = open_device("cuda:0");  // with processes of its own
  ASSERT_TRUE(device);
  LaneSpec spec;
  spec.binary = &binary;
  spec.arena_bytes = 1 << 20;
  spec.counters = true;
  const auto lane = sure((*device)->open(spec));
  sure(lane->allot(plan({storage("x", 8), storage("y", 8)}, {take}, {launch(0, {buffer(0), buffer(1), integer(8)})}),
                   1));
  const auto refused = lane->count(0, {}, 10);
  unsetenv("RIDGELINE_EMULATOR_KEEPS_COUNTERS");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("INSUFFICIENT_PRIVILEGES (35): the driver keeps counters"));
}

TEST(CudaLane, PlansThatNoGpuRunsAreRefusedWithTheReason) {
  ResolvedStep ragged = launch(0, {buffer(0), buffer(1), integer(64)});
  ragged.ragged = true;
  ragged.grid[0] = 100;
  ragged.block[0] = 32;
  ResolvedStep tall = launch(0, {buffer(0), buffer(1), integer(64)});
  tall.grid[1] = 70000;
  ResolvedStep clustered = launch(0, {buffer(0), buffer(1), integer(64)});
  clustered.grid[0] = 6;
  clustered.cluster[0] = 4;
  const std::pair<ResolvedStep, const char*> rows[] = {{ragged, "no multiple of blocks"},
                                                       {tall, "too large"},
                                                       {clustered, "does not divide into clusters of 4 x 1 x 1"}};
  for (const auto& [step, text] : rows) {
    PlanFault fault;
    (void)program_of(plan({storage("x", 64), storage("y", 64)}, {take}, {step}), &fault);
    EXPECT_THAT(fault.text, HasSubstr(text));
  }
  ragged.grid[0] = 96;
  PlanFault fault;
  const Program p = program_of(plan({storage("x", 64), storage("y", 64)}, {take}, {ragged}), &fault);
  EXPECT_EQ(fault.text, "");
  EXPECT_EQ(p.steps.at(0).grid[0], 3u);
}

TEST(CudaLane, ALaunchThatTheDriverRefusesIsALaunchThatFailed) {
  ResolvedStep large = launch(0, {buffer(0), buffer(1), integer(64)});
  large.block[0] = 2048;
  const Running r = running("", 1, 64, {large});
  EXPECT_EQ(outcome(fault_of(r.lane->run(0, 1, 30))), "launch_failed launch");
}

TEST(CudaProgram, WordsAndProgramsAreTheSame) {
  ResolvedStep step = launch(0, {buffer(0), buffer(1, 8), integer(64)});
  step.grid[0] = 12;
  step.block[1] = 8;
  step.cluster[0] = 2;
  step.cooperative = true;
  step.shared = 4096;
  PlanFault fault;
  ResolvedPlan resolved =
      plan({storage("x", 64), storage("y", 64)}, {take}, {step, fill(1, 8, 16, 5, 8), copy(0, 0, 1, 4, 8)});
  resolved.setup = {fill(1, 0, 256, 0, 1)};
  const Program p = program_of(resolved, &fault);
  EXPECT_EQ(fault.text, "");
  const std::vector<std::uint64_t> words = encode(p);
  Program back;
  ASSERT_TRUE(decode(words.data(), words.size(), back));
  EXPECT_EQ(encode(back), words);
  EXPECT_EQ(back.kernels, p.kernels);
  EXPECT_TRUE(back.steps.at(0).cooperative);
  EXPECT_EQ(back.steps.at(0).cluster[0], 2u);
  for (std::size_t n = 0; n < words.size(); ++n) EXPECT_FALSE(decode(words.data(), n, back)) << n;
}

TEST(CudaCubin, WhatIsNoneIsRefusedAndResourcesAreRead) {
  const std::string text = "not a cubin";
  EXPECT_FALSE(read_cubin(std::as_bytes(std::span(text.data(), text.size()))));
  std::map<std::string, KernelFacts> kernels = {{"scale", {}}};
  read_resources(
      "ptxas info    : 4 bytes gmem\n"
      "ptxas info    : Compiling entry function 'scale' for 'sm_90a'\n"
      "ptxas info    : Function properties for helper\n"
      "    8 bytes stack frame, 99 bytes spill stores, 99 bytes spill loads\n"
      "ptxas info    : Function properties for scale\n"
      "ptxas         .     400 bytes stack frame, 12 bytes spill stores, 16 bytes spill loads\n"
      "ptxas info    : Used 30 registers, used 1 barriers, 400 bytes cumulative stack size, 128 bytes smem\n",
      kernels);
  const KernelFacts& f = kernels.at("scale");
  EXPECT_EQ(f.registers, 30);
  EXPECT_EQ(f.stack_bytes, 400u);
  EXPECT_EQ(f.spill_bytes, 28u);
  EXPECT_EQ(f.shared_bytes, 128u);
}

TEST(CudaSanitize, TheFirstFindingIsOneLine) {
  EXPECT_EQ(first_finding("========= COMPUTE-SANITIZER\n"
                          "========= Invalid __global__ write of size 4 bytes\n"
                          "=========     at take+0x90 in it.cu:3\n"
                          "=========     by thread (31,0,0) in block (0,0,0)\n"
                          "=========     Address 0x7f0 is out of bounds\n"
                          "=========     Saved host backtrace up to driver entry point\n"),
            "Invalid __global__ write of size 4 bytes; at take+0x90 in it.cu:3; by thread (31,0,0) in block (0,0,0)");
  EXPECT_EQ(first_finding(""), "found without a word");
}

// A stand-in for compute-sanitizer that runs the program it is given: plans, contents and places reach the worker.
TEST(CudaSanitize, PlansRunApartUnderAProgramThatWatches) {
  auto folder = TempDir::make("watch");
  ASSERT_TRUE(folder);
  const auto watch = [&](const std::string& script) {
    const std::string path = folder->path() + "/watch";
    EXPECT_TRUE(write_file(path, "#!/bin/sh\n" + script, 0755));
    return path;
  };
  const Binary binary = sure(gpu().compile(gpu_job(right_parameters, "y[0] = x[1]; if (x[0] != 1) *(int*)0 = 1;")));
  CompileJob support;
  support.file = "support.cu";
  auto text = read_file(RIDGELINE_TEST_ROOT "/src/device/cuda/support.cu");
  ASSERT_TRUE(text);
  support.source = *text;
  SanitizerHost host;
  host.worker = RIDGELINE_TEST_WORKER;
  host.support = sure(gpu().compile(support)).image;
  SanitizerJob job;
  std::vector<std::byte> ones(256);
  const float one = 1;
  std::memcpy(ones.data(), &one, 4);
  ResolvedPlan p = plan({storage("x", 64), storage("y", 64)}, {take},
                        {launch(0, {buffer(0), buffer(1), integer(64)}), copy(0, 0, 1, 8, 16)});
  p.storages[0].buffer = 0;
  job.runs = {{p, {ones, ones}}, {p, {ones, ones}}};
  host.program = watch("while [ \"$1\" != cuda-sanitize ]; do w=$1; shift; done; exec \"$w\" \"$@\"\n");
  auto findings = sanitize(host, binary, job);
  ASSERT_TRUE(findings);
  ASSERT_EQ(findings->size(), 4u);
  for (const SanitizerFinding& f : *findings) EXPECT_EQ(f.outcome, SanitizerFinding::Outcome::clean) << f.text;
  host.program = watch("echo '========= Error: Race reported'; exit 77\n");
  findings = sanitize(host, binary, job);
  ASSERT_TRUE(findings);
  EXPECT_EQ((*findings)[1].outcome, SanitizerFinding::Outcome::found);
  EXPECT_EQ((*findings)[1].reason, Reason::race);
  EXPECT_EQ((*findings)[1].text, "Error: Race reported");
  EXPECT_EQ((*findings)[3].outcome, SanitizerFinding::Outcome::clean);  // initcheck notes and does not decide
  EXPECT_EQ((*findings)[3].text, "noted, not counted: Error: Race reported");
  host.program = watch("exit 3\n");
  EXPECT_EQ((*sanitize(host, binary, job))[0].outcome, SanitizerFinding::Outcome::not_possible);
  host.program.clear();
  EXPECT_EQ((*sanitize(host, binary, job))[0].outcome, SanitizerFinding::Outcome::not_possible);
}

TEST(CudaDevices, NamesThatAreNoDeviceSayWhatWouldBe) {
  EXPECT_THAT(open_device("cuda:7").error().message, HasSubstr("there are 1 GPUs"));
  EXPECT_THAT(open_device("cuda:x").error().message, HasSubstr("cuda:0 is the first GPU"));
  EXPECT_THAT(open_device("cuda:sm_5").error().message, HasSubstr("no such architecture"));
  auto compiles = open_device("cuda:sm_90");
  ASSERT_TRUE(compiles) << compiles.error().message;
  const Binary b = sure((*compiles)->compile(gpu_job(right_parameters)));
  LaneSpec spec;
  spec.binary = &b;
  const auto lane = (*compiles)->open(spec);
  ASSERT_FALSE(lane);
  EXPECT_THAT(lane.error().message, HasSubstr("only compiles"));
}

}  // namespace
}  // namespace ridge::cuda
