#include "device/null/null.h"

#include "plans.h"

namespace ridge {
namespace {

using namespace plans;

const std::vector<KernelSignature> null_kernel = {{"k", {pointer(ScalarType::f32)}}};

double seconds_of(Device& device, const Binary& binary) {
  LaneSpec spec;
  spec.binary = &binary;
  auto lane = sure(device.open(spec));
  sure(lane->allot(plan({storage("y", 4)}, null_kernel, {launch(0, {buffer(0)})}), 1));
  return sure(lane->run(0, 1, 1)).seconds;
}

TEST(NullDevice, ItsCeilingsAreSane) {
  const auto device = null::make_device({});
  const auto c = device->ceilings(true);
  ASSERT_TRUE(c);
  ASSERT_GE(c->bandwidth.size(), 2u);
  for (std::size_t i = 0; i < c->bandwidth.size(); ++i) {
    EXPECT_GT(c->bandwidth[i].bytes_per_s, 0);
    if (i > 0) {
      EXPECT_GT(c->bandwidth[i].working_set_bytes, c->bandwidth[i - 1].working_set_bytes);
    }
  }
  EXPECT_GT(c->flops_f32, 0);
  EXPECT_GT(c->flops_f64, 0);
}

TEST(NullDevice, TheSameSeedReplaysEveryTime) {
  const auto times = [](std::uint64_t seed) {
    null::NullSettings settings;
    settings.seed = seed;
    const auto device = null::make_device(settings);
    const Binary binary = sure(device->compile(job("s", null_kernel)));
    std::vector<double> out;
    for (int i = 0; i < 10; ++i) out.push_back(seconds_of(*device, binary));
    return out;
  };
  EXPECT_EQ(times(1), times(1));
  EXPECT_NE(times(1), times(2));
}

TEST(NullDevice, WithoutNoiseTimesAreTheProgramsOwn) {
  null::NullSettings settings;
  settings.noise = {.sample = 0, .process = 0, .drift_step = 0};
  settings.seconds = [](const CompileJob& j) { return j.macros.empty() ? 1e-3 : 2e-3; };
  const auto device = null::make_device(settings);
  CompileJob j = job("s", null_kernel);
  EXPECT_DOUBLE_EQ(seconds_of(*device, sure(device->compile(j))), 1e-3);
  j.macros = {{"K", "1"}};
  EXPECT_DOUBLE_EQ(seconds_of(*device, sure(device->compile(j))), 2e-3);
}

TEST(NullDevice, AFaultAskedForComesWithTheFirstCall) {
  null::NullSettings settings;
  settings.fault = [](const CompileJob&) { return Fault{Verdict::crashed, Reason::signal, "run", "as asked"}; };
  const auto device = null::make_device(settings);
  const Binary binary = sure(device->compile(job("s", null_kernel)));
  LaneSpec spec;
  spec.binary = &binary;
  auto lane = sure(device->open(spec));
  sure(lane->allot(plan({storage("y", 4)}, null_kernel, {}), 1));
  EXPECT_EQ(outcome(fault_of(lane->run(0, 1, 1))), "crashed signal");
}

TEST(NullDevice, CompilingAndRunningMoveItsClockAndNothingElseDoes) {
  null::NullSettings settings;
  settings.compile_seconds = 0.25;
  const auto device = null::make_device(settings);
  const double start = device->clock().seconds();
  const Binary binary = sure(device->compile(job("s", null_kernel)));
  EXPECT_NEAR(device->clock().seconds() - start, 0.25, 1e-9);
  const double before = device->clock().seconds();
  const double run = seconds_of(*device, binary);
  EXPECT_NEAR(device->clock().seconds() - before, run, 1e-8);
}

}  // namespace
}  // namespace ridge
