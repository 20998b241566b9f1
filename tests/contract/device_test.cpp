// What every backend's every device promises (device/device.h). Devices that compute are also held to their answers; a
// simulated one writes zeros, as its header says.
#include <numeric>

#include "../device/plans.h"
#include "device/null/null.h"
#include "workshop.h"

namespace ridge {
namespace {

using testing::Each;
using testing::HasSubstr;
using namespace plans;

constexpr std::size_t count = 100;

const std::vector<KernelSignature> signatures_of_two = {
    {"scale",
     {pointer(ScalarType::f32, true), pointer(ScalarType::f32), value(ScalarType::i32), value(ScalarType::f32)}},
    {"add_one", {pointer(ScalarType::f32), value(ScalarType::i32)}}};
const char* const source_of_two =
    "extern \"C\" void scale(const float* x, float* y, int n, float a) { for (int i = 0; i < n; ++i) y[i] = a * x[i]; "
    "}\n"
    "extern \"C\" void add_one(float* y, int n) { for (int i = 0; i < n; ++i) y[i] += STEP; }\n";

std::vector<float> numbers(float from) {
  std::vector<float> v(count);
  std::iota(v.begin(), v.end(), from);
  return v;
}

// One source for all: on a GPU one thread does all the work.
std::string source_for(const Device& device, std::string source) {
  const std::string function = "extern \"C\" void";
  if (device.capabilities().plan.dialect == Dialect::cuda)
    for (std::size_t at = 0; (at = source.find(function, at)) != std::string::npos; at += function.size())
      source.replace(at, function.size(), "extern \"C\" __global__ void");
  return source;
}

class DeviceContract : public testing::TestWithParam<DeviceId> {
 protected:
  void SetUp() override {
    auto opened = open_device(GetParam());
    ASSERT_TRUE(opened) << opened.error().message;
    device = std::move(*opened);
    CompileJob j = job_of(source_of_two);
    j.macros = {{"STEP", "1"}};
    binary = sure(device->compile(j));
  }
  CompileJob job_of(const std::string& source) const {
    const bool flags = device->capabilities().plan.dialect == Dialect::cpp;
    return job(source_for(*device, source), signatures_of_two,
               flags ? std::vector<std::string>{"-O1"} : std::vector<std::string>{});
  }
  std::unique_ptr<Lane> open(std::uint64_t arena = 1 << 20) {
    LaneSpec spec;
    spec.binary = &binary;
    spec.arena_bytes = arena;
    return sure(device->open(spec));
  }
  bool computes() const { return !device->capabilities().simulated; }
  static ResolvedPlan scale_plan() {
    return plan({storage("x", count), storage("y", count)}, signatures_of_two,
                {launch(0, {buffer(0), buffer(1), integer(count), real(2)})});
  }

  std::unique_ptr<Device> device;
  Binary binary;
};

TEST_P(DeviceContract, CapabilitiesNameWhatIsThere) {
  const Capabilities& c = device->capabilities();
  EXPECT_EQ(c.id, GetParam());
  EXPECT_FALSE(c.description.empty());
  EXPECT_FALSE(c.compilers.empty());
  for (const std::string& compiler : c.compilers) EXPECT_TRUE(c.compiler_versions.contains(compiler)) << compiler;
  EXPECT_GE(c.cores, 1);
  EXPECT_GE(c.plan.max_workers, 1);
  EXPECT_GE(c.alignment, 64u);
  for (const char* fact : {"dev.cores", "dev.sms", "dev.warp", "dev.shared_max", "dev.l2"})
    EXPECT_TRUE(c.facts.contains(fact)) << fact;
}

TEST_P(DeviceContract, WhatIsWrittenIsReadBackFromItsOwnSet) {
  const auto lane = open();
  sure(lane->allot(scale_plan(), 3));
  for (std::uint32_t set = 0; set < 3; ++set)
    for (std::uint32_t s = 0; s < 2; ++s) put(*lane, set, s, numbers(float(1000 * set + 500 * s)));
  for (std::uint32_t set = 0; set < 3; ++set)
    for (std::uint32_t s = 0; s < 2; ++s) EXPECT_EQ(get(*lane, set, s, count), numbers(float(1000 * set + 500 * s)));
}

TEST_P(DeviceContract, ARunTouchesTheSetsItWasAskedFor) {
  const auto lane = open();
  sure(lane->allot(scale_plan(), 4));
  for (std::uint32_t set = 0; set < 4; ++set) {
    put(*lane, set, 0, numbers(float(set)));
    put(*lane, set, 1, numbers(7));
  }
  const Burst burst = sure(lane->run(1, 2, 30));
  EXPECT_GT(burst.seconds, 0);
  EXPECT_EQ(burst.samples.size(), 2u);
  for (std::uint32_t set = 0; set < 4; ++set) {
    std::vector<float> expected = numbers(7);
    if (set == 1 || set == 2)
      for (std::size_t i = 0; i < count; ++i) expected[i] = computes() ? 2 * float(set + i) : 0;
    EXPECT_EQ(get(*lane, set, 1, count), expected) << set;
    EXPECT_EQ(get(*lane, set, 0, count), numbers(float(set))) << set;
    sure(lane->inspect(set));
  }
}

TEST_P(DeviceContract, FillsAndCopiesMoveTheBytesTheyName) {
  const auto lane = open();
  sure(lane->allot(plan({storage("x", count), storage("y", count)}, signatures_of_two,
                        {fill(1, 0, 4 * count, 0, 4), fill(1, 40, 40, 0x3FC00000, 4), copy(0, 400 - 8, 1, 0, 8),
                         copy(1, 0, 1, 4, 8)}),
                   2));
  put(*lane, 1, 0, numbers(0));
  put(*lane, 1, 1, numbers(7));
  sure(lane->run(1, 1, 30));
  std::vector<float> expected(count, 0);
  std::fill_n(expected.begin() + 10, 10, 1.5f);
  expected[0] = expected[1] = 98;  // the copy within a storage overlaps itself
  expected[2] = 99;
  EXPECT_EQ(get(*lane, 1, 1, count), expected);
  sure(lane->inspect(1));
}

// A rotation is resolved before a lane sees it: alternating storages in the steps, and the output where it ended.
TEST_P(DeviceContract, RotatedStoragesAreSteppedThrough) {
  if (!computes()) GTEST_SKIP() << "a simulated device computes nothing";
  const auto lane = open();
  std::vector<ResolvedStep> steps;
  for (int t = 0; t < 5; ++t) {
    const std::uint32_t from = t % 2, to = 1 - from;
    steps.push_back(launch(0, {buffer(from), buffer(to), integer(count), real(2)}));
    steps.push_back(launch(1, {buffer(to, 4 * (count - 1)), integer(1)}));
  }
  sure(lane->allot(plan({storage("u", count), storage("next", count)}, signatures_of_two, steps), 1));
  put(*lane, 0, 0, std::vector<float>(count, 1));
  put(*lane, 0, 1, numbers(7));
  sure(lane->run(0, 1, 30));
  std::vector<float> expected(count, 32);
  expected.back() = 63;
  EXPECT_EQ(get(*lane, 0, 1, count), expected);
  sure(lane->inspect(0));
}

TEST_P(DeviceContract, ASecondPlanTakesTheFirstOnesPlace) {
  const auto lane = open();
  sure(lane->allot(scale_plan(), 2));
  put(*lane, 0, 0, numbers(1));
  sure(lane->run(0, 2, 30));
  for (const std::size_t n : {std::size_t(3000), std::size_t(1), std::size_t(1024)}) {
    sure(
        lane->allot(plan({storage("y", n)}, signatures_of_two, {launch(1, {buffer(0), integer(std::int64_t(n))})}), 3));
    for (std::uint32_t set = 0; set < 3; ++set) put(*lane, set, 0, std::vector<float>(n, 4));
    sure(lane->run(0, 3, 30));
    for (std::uint32_t set = 0; set < 3; ++set) {
      EXPECT_THAT(get(*lane, set, 0, n), Each(computes() ? 5.0f : 0.0f));
      sure(lane->inspect(set));
    }
  }
}

TEST_P(DeviceContract, RunsRepeatFromWhatIsThere) {
  const auto lane = open();
  sure(lane->allot(plan({storage("y", count)}, signatures_of_two, {launch(1, {buffer(0), integer(count)})}), 1));
  put(*lane, 0, 0, std::vector<float>(count, 0));
  for (int i = 0; i < 5; ++i) sure(lane->run(0, 1, 30, i == 3));
  EXPECT_THAT(get(*lane, 0, 0, count), Each(computes() ? 5.0f : 0.0f));
}

TEST_P(DeviceContract, AnHonestLaneIsIdleAndSilent) {
  const auto lane = open();
  sure(lane->allot(scale_plan(), 1));
  sure(lane->run(0, 1, 30));
  sure(lane->idle_check());
  bool cut = true;
  EXPECT_EQ(lane->output(cut), "");
  EXPECT_FALSE(cut);
}

TEST_P(DeviceContract, TheClockGoesForward) {
  const double before = device->clock().seconds();
  const auto lane = open();
  sure(lane->allot(scale_plan(), 1));
  const Burst burst = sure(lane->run(0, 1, 30));
  EXPECT_GE(device->clock().seconds() - before, burst.seconds * 0.999);
}

TEST_P(DeviceContract, ExpectingLanesChangesNothing) {
  LaneSpec spec;
  spec.binary = &binary;
  spec.arena_bytes = 1 << 20;
  device->expect(spec, 2);
  spec.arena_bytes = 3 << 20;
  device->expect(spec, 1);
  device->expect(spec, 0);
  std::vector<std::unique_ptr<Lane>> lanes;
  for (int i = 0; i < 4; ++i) lanes.push_back(open());
  for (auto& lane : lanes) {
    sure(lane->allot(scale_plan(), 1));
    put(*lane, 0, 0, numbers(1));
    sure(lane->run(0, 1, 30));
    EXPECT_EQ(get(*lane, 0, 1, count)[0], computes() ? 2.0f : 0.0f);
  }
}

TEST_P(DeviceContract, EqualJobsGiveEqualBinaries) {
  CompileJob j = job_of(source_of_two);
  j.macros = {{"STEP", "1"}};
  EXPECT_EQ(sure(device->compile(j)).digest, binary.digest);
  j.fresh = true;
  const Binary again = sure(device->compile(j));
  EXPECT_EQ(again.digest, binary.digest);
  EXPECT_FALSE(again.cached);
  j.macros = {{"STEP", "2"}};
  EXPECT_NE(sure(device->compile(j)).digest, binary.digest);
}

TEST_P(DeviceContract, ASourceThatDoesNotCompileIsTheCandidatesFault) {
  if (!computes()) GTEST_SKIP() << "a simulated device compiles everything";
  const Fault f = fault_of(device->compile(job_of("nonsense\n")));
  EXPECT_EQ(outcome(f), "compile_failed compiler_error");
  EXPECT_THAT(f.text, HasSubstr("it.cpp:1"));
}

// However a device puts jobs together, each answer is that of its own job, and runs as its own job says.
TEST_P(DeviceContract, ManyJobsAreAnsweredInTheirOrder) {
  std::vector<CompileJob> jobs;
  for (const char* step : {"3", "1", "2"}) {
    jobs.push_back(job_of(source_of_two));
    jobs.back().macros = {{"STEP", step}};
  }
  jobs.insert(jobs.begin() + 1, job_of("nonsense\n"));
  const auto results = device->compile_many(jobs, 2);
  ASSERT_EQ(results.size(), jobs.size());
  EXPECT_EQ(sure(results[2]).digest, binary.digest);
  EXPECT_EQ(outcome(fault_of(results[1])), computes() ? "compile_failed compiler_error" : "ok none");
  const float steps[] = {3, 0, 1, 2};
  for (const std::size_t i : {0u, 2u, 3u}) {
    binary = sure(results[i]);
    EXPECT_GE(binary.unit, 1);
    const auto lane = open();
    sure(lane->allot(plan({storage("y", count)}, signatures_of_two, {launch(1, {buffer(0), integer(count)})}), 1));
    put(*lane, 0, 0, std::vector<float>(count, 0));
    sure(lane->run(0, 1, 30));
    EXPECT_THAT(get(*lane, 0, 0, count), Each(computes() ? steps[i] : 0.0f)) << i;
  }
  EXPECT_TRUE(device->compile_many({}, 2).empty());
}

std::vector<DeviceId> every_device() {
  std::vector<DeviceId> ids;
  for (const auto& backend : backends())
#ifdef RIDGELINE_TEST_ONLY_BACKEND
    if (backend->name() == RIDGELINE_TEST_ONLY_BACKEND)
#endif
      for (const DeviceId& id : backend->devices()) ids.push_back(id);
  return ids;
}
INSTANTIATE_TEST_SUITE_P(Devices, DeviceContract, testing::ValuesIn(every_device()), [](const auto& row) {
  std::string id = row.param;
  std::replace(id.begin(), id.end(), ':', '_');
  return id;
});

TEST(DeviceTable, AnUnknownDeviceIsAUsageErrorThatNamesTheNearest) {
  const auto opened = open_device("cpuu");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, Error::Kind::usage);
  EXPECT_THAT(opened.error().message, testing::AllOf(HasSubstr("\"cpuu\""), HasSubstr("\"cpu\"")));
}

}  // namespace
}  // namespace ridge
