// The doctor on simulated machines: healthy ones, ones with a fault that it must find, and ones that are only restless.
#include "doctor/doctor.h"

#include <gmock/gmock.h>

#include "device/null/null.h"
#include "evaluate/evaluator.h"
#include "simulate/zeros.h"

namespace ridge {
namespace {

using testing::Contains;
using testing::HasSubstr;

// Exactly as much slower as it is told to be.
double seconds_of(const CompileJob& job) {
  double slow = 0;
  for (const auto& [macro, value] : job.macros)
    if (macro == "SLOW") slow = std::stod(value);
  return 1e-3 * (1 + slow / 1000);
}

std::unique_ptr<Device> machine(null::NoiseModel noise, std::uint64_t seed = 1) {
  null::NullSettings settings;
  settings.seed = seed;
  settings.noise = noise;
  settings.seconds = seconds_of;
  return null::make_device(settings);
}

DoctorRecord examined(null::NoiseModel noise, std::vector<std::string> only, bool full = false) {
  const auto device = machine(noise);
  DoctorSettings settings;
  settings.full = full;
  settings.only = std::move(only);
  const std::atomic<bool> never = false;
  auto record = examine_machine(*device, settings, never);
  RIDGE_CHECK(record, record ? "" : record.error().message);
  return *std::move(record);
}

std::string told(const DoctorRecord& r) {
  std::string out;
  for (const DoctorSection& s : r.sections)
    for (const DoctorFinding& f : s.findings)
      out += fmt::format("{} | {} | {} | {}\n", s.name, f.what, f.measured, name(f.outcome));
  return out;
}

const DoctorFinding& finding_like(const DoctorRecord& r, const std::string& part) {
  for (const DoctorSection& s : r.sections)
    for (const DoctorFinding& f : s.findings)
      if (f.what.find(part) != std::string::npos) return f;
  RIDGE_CHECK(false, "no finding like " + part + " in\n" + told(r));
  std::abort();
}

constexpr null::NoiseModel kCalm{.sample = 0.004, .process = 0.002, .drift_step = 0.0002};

TEST(Doctor, TrustsACalmMachine) {
  const DoctorRecord r = examined(kCalm, {"noise", "power"}, true);
  EXPECT_EQ(count(r, CheckOutcome::failed), 0u) << told(r);
  const measure::Noise noise = r.noise.at(1e-3);
  EXPECT_EQ(noise.pairs, 20u * 8u);
  // A visit of bursts of a millisecond's calls is a median of a few: its noise is less than a burst's, and a block has
  // four of them.
  EXPECT_GT(noise.sigma_d, 0.001);
  EXPECT_LT(noise.sigma_d, 0.006);
  EXPECT_NEAR(noise.sigma_p, 0.002 * std::sqrt(2.0), 0.001) << "two processes of one spread each";
  const DoctorFinding& power = finding_like(r, "with 3 % more work");
  EXPECT_EQ(power.numbers.at("trials"), 100);
  EXPECT_GE(power.numbers.at("hits"), 95);
  EXPECT_EQ(finding_like(r, "with 1 % more work").outcome, CheckOutcome::held) << told(r);
  const DoctorFinding& swapped = finding_like(r, "roles exchanged");
  EXPECT_NEAR(swapped.numbers.at("slower_as_candidate"), 0.03, 0.003);
  EXPECT_NEAR(swapped.numbers.at("slower_as_incumbent"), 0.03, 0.003);
  EXPECT_THAT(doctor_sentence(r), HasSubstr("this machine can be trusted to tell"));
}

TEST(Doctor, IsTheSameTwiceOnASimulatedMachine) {
  EXPECT_EQ(told(examined(kCalm, {"noise"})), told(examined(kCalm, {"noise"})));
}

// Every second process is 2 % slower, so whoever stands second in a duel is.
TEST(Doctor, FindsAMachineThatFavoursOneSide) {
  null::NoiseModel biased = kCalm;
  biased.favour = 0.02;
  const DoctorRecord r = examined(biased, {"noise", "power"}, true);
  EXPECT_EQ(finding_like(r, "the second side was faster").outcome, CheckOutcome::failed) << told(r);
  EXPECT_EQ(finding_like(r, "false alarms").outcome, CheckOutcome::failed);
  EXPECT_EQ(finding_like(r, "roles exchanged").outcome, CheckOutcome::failed);
  EXPECT_THAT(doctor_sentence(r), HasSubstr("do not trust"));
}

TEST(Doctor, SaysThatARestlessMachineHidesSmallEffects) {
  null::NoiseModel wild{.sample = 0.08, .process = 0.03, .drift_step = 0.001};
  const DoctorRecord r = examined(wild, {"noise", "power"}, true);
  EXPECT_EQ(finding_like(r, "noise of calls").outcome, CheckOutcome::failed) << told(r);
  EXPECT_EQ(finding_like(r, "with 1 % more work").outcome, CheckOutcome::not_possible) << told(r);
  EXPECT_EQ(finding_like(r, "with 3 % more work").outcome, CheckOutcome::failed) << told(r);
  EXPECT_THAT(finding_like(r, "noise of calls").mend, HasSubstr("let nothing else run"));
}

TEST(Doctor, SimulatedSearchesWithoutAGainClaimNothing) {
  const DoctorRecord r = examined(kCalm, {"null-searches"});
  const DoctorFinding& f = finding_like(r, "simulated searches");
  EXPECT_EQ(f.outcome, CheckOutcome::held) << told(r);
  EXPECT_EQ(f.numbers.at("trials"), 60);
  EXPECT_GT(f.numbers.at("duels"), 30) << "noise must have had its chance";
}

TEST(Doctor, TriesEveryLayerAndTellsTheBrokenOne) {
  const auto device = machine(kCalm);
  DoctorSettings settings;
  settings.only = {"confinement"};
  settings.probes = [] {
    return std::vector<Probe>{
        {"a layer that holds", "stopped", "mend one",
         [] { return Result<Probed>(Probed{CheckOutcome::held, "stopped"}); }},
        {"a layer that is broken", "stopped", "mend two",
         [] { return Result<Probed>(Probed{CheckOutcome::failed, "it came through"}); }},
        {"a layer that is not here", "stopped", "get it there",
         [] { return Result<Probed>(Probed{CheckOutcome::not_possible, "no such layer"}); }},
        {"a probe that cannot run", "stopped", "mend four", []() -> Result<Probed> { return world("no compiler"); }}};
  };
  const std::atomic<bool> never = false;
  const auto r = examine_machine(*device, settings, never);
  ASSERT_TRUE(r);
  EXPECT_EQ(count(*r, CheckOutcome::held), 1u);
  EXPECT_EQ(count(*r, CheckOutcome::failed), 2u);
  EXPECT_EQ(finding_like(*r, "broken").mend, "mend two");
  EXPECT_EQ(finding_like(*r, "holds").mend, "");
  EXPECT_EQ(finding_like(*r, "not here").mend, "get it there");
  EXPECT_EQ(finding_like(*r, "cannot run").mend, "no compiler; mend four");
}

TEST(Doctor, EndsWithWhatIsKnown) {
  const auto device = machine(kCalm);
  std::atomic<bool> stop = false;
  DoctorSettings settings;
  int said = 0;
  settings.progress = [&](const std::string& text) {
    if (text.starts_with("a kernel against itself") && ++said == 3) stop = true;
  };
  const auto r = examine_machine(*device, settings, stop);
  ASSERT_TRUE(r);
  ASSERT_TRUE(r->section("noise"));
  EXPECT_FALSE(r->section("noise")->complete);
  EXPECT_FALSE(r->section("power")) << "nothing is begun after the stop";
  EXPECT_FALSE(r->noise.empty()) << "what was measured counts";
}

// What the doctor measured reaches the margin of a claim.
TEST(Doctor, ItsSpreadBetweenProcessesWidensClaims) {
  const auto device = machine(kCalm);
  const auto task = simulated::zeros_task({.seed_tune = "SLOW = [0, 10]", .template_tune = "", .scored = 2});
  EvaluatorSettings settings;
  settings.noise.classes[2] = {.sigma_d = 0.01, .sigma_p = 0.3, .blocks = 64, .pairs = 16};   // of shorter calls
  settings.noise.classes[3] = {.sigma_d = 0.01, .sigma_p = 0.02, .blocks = 64, .pairs = 16};  // of a millisecond
  auto evaluator = Evaluator::open(task, *device, std::make_unique<simulated::ZeroOracle>(task),
                                   Secret::from_text("margin"), settings);
  ASSERT_TRUE(evaluator) << evaluator.error().message;
  EXPECT_DOUBLE_EQ((*evaluator)->sigma_p(), 0.02);
  const TaskSource& source = task->seeds.at(Dialect::cpp);
  Draft draft;
  draft.source = std::make_shared<const std::string>(source.text);
  auto plan = plan_from_source(source.text, source.file);
  ASSERT_TRUE(plan);
  draft.plan = std::make_shared<const Plan>(std::move(*plan));
  const auto parameters = complete(*draft.plan, {}, MapScope(device->capabilities().facts));
  ASSERT_TRUE(parameters);
  draft.parameters = *parameters;
  const Candidate seed = seal(*task, std::move(draft));
  (*evaluator)->submit(ConfirmJob{seed, seed, 10});
  const auto done = (*evaluator)->poll();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_DOUBLE_EQ(std::get<Confirmation>(done->at(0).result).delta, 0.04);
}

TEST(Doctor, KnowsItsSections) {
  EXPECT_THAT(doctor_section_names(), Contains("null-searches"));
  const auto wrong = check_sections({"nois"});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind, Error::Kind::usage);
  EXPECT_THAT(wrong.error().message, HasSubstr("\"noise\""));
  DoctorSettings quick, full;
  full.full = true;
  EXPECT_LE(doctor_estimate(quick), 180);
  EXPECT_GT(doctor_estimate(full), doctor_estimate(quick));
}

}  // namespace
}  // namespace ridge
