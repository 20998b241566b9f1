// Numbers turned into findings, on made-up duels and clocks.
#include <cmath>

#include <gmock/gmock.h>

#include "base/random.h"
#include "doctor/clock.h"
#include "doctor/noise.h"
#include "doctor/null_searches.h"
#include "doctor/power.h"

namespace ridge {
namespace {

using testing::HasSubstr;

// A duel of 16 blocks in pairs of 4, in which the candidate is faster by `log`.
DuelRecord made_up(Rng& rng, double seconds, double sigma_d, double sigma_p, double log = 0) {
  DuelRecord d;
  d.workloads = {"w"};
  double bias = 0;
  for (int b = 0; b < 16; ++b) {
    if (b % 4 == 0) bias = sigma_p * rng.normal();
    const double half = (log + bias + sigma_d * rng.normal()) / 2;
    const double a = seconds * std::exp(half), c = seconds * std::exp(-half);
    d.visits.push_back({{a, c, c, a}});
  }
  d.outcome = DuelOutcome::undecided;
  d.ratio.estimate = std::exp(log);
  return d;
}

const DoctorFinding& like(const std::vector<DoctorFinding>& all, const std::string& part) {
  for (const DoctorFinding& f : all)
    if (f.what.find(part) != std::string::npos) return f;
  RIDGE_CHECK(false, part);
  std::abort();
}

TEST(AaDuels, FindTheNoiseThatWasPutIn) {
  Rng rng(3);
  AaDuels all;
  for (int i = 0; i < 40; ++i) {
    all.add(made_up(rng, 50e-6, 0.02, 0.005), 4);
    all.add(made_up(rng, 2e-3, 0.005, 0.01), 4);
  }
  const measure::NoiseTable table = all.table();
  EXPECT_NEAR(table.classes[2].sigma_d, 0.02, 0.002);
  EXPECT_NEAR(table.classes[2].sigma_p, 0.005, 0.003);
  EXPECT_NEAR(table.classes[3].sigma_d, 0.005, 0.0005);
  EXPECT_NEAR(table.classes[3].sigma_p, 0.01, 0.0015);
  EXPECT_EQ(table.classes[3].pairs, 160u);
  EXPECT_EQ(table.classes[0].pairs, 0u);
  for (const DoctorFinding& f : all.findings()) EXPECT_NE(f.outcome, CheckOutcome::failed) << f.what << f.measured;
}

TEST(AaDuels, TooManyAlarmsAndTooMuchUnrestFail) {
  Rng rng(4);
  AaDuels all;
  for (int i = 0; i < 40; ++i) {
    DuelRecord d = made_up(rng, 50e-6, 0.01, 0.001);
    d.differs = i % 4 == 0;
    all.add_claim_form(d);
    d.outcome = DuelOutcome::voided;
    if (i % 2 == 0) all.add(d, 4);
  }
  EXPECT_EQ(like(all.findings(), "false alarms").outcome, CheckOutcome::failed);
  EXPECT_EQ(like(all.findings(), "voided").outcome, CheckOutcome::failed);
  EXPECT_EQ(like(all.findings(), "false alarms").numbers.at("hits"), 10);
}

TEST(AaDuels, FourAlarmsOfFortyAreWithinFivePerCent) {
  Rng rng(5);
  AaDuels all;
  for (int i = 0; i < 40; ++i) {
    DuelRecord d = made_up(rng, 50e-6, 0.01, 0.001);
    d.differs = i < 4;
    all.add_claim_form(d);
    d.ratio.lower = i < 2 ? 1.02 : 1.005;
    all.add(d, 4);
  }
  EXPECT_EQ(like(all.findings(), "false alarms").outcome, CheckOutcome::held);
  EXPECT_EQ(like(all.findings(), "promoted").numbers.at("hits"), 2) << "only beyond the margin";
  EXPECT_EQ(like(all.findings(), "promoted").numbers.at("differing"), 4);
}

TEST(AaDuels, OthersAtWorkAreTold) {
  EXPECT_EQ(bystanders_finding(0.05).outcome, CheckOutcome::held);
  EXPECT_EQ(bystanders_finding(0.9).outcome, CheckOutcome::failed);
}

PowerTrials trials(double effect, std::size_t made, std::size_t found) {
  PowerTrials t;
  t.effect = effect;
  for (std::size_t i = 0; i < made; ++i) {
    DuelRecord d;
    const bool candidate = i % 2 == 0;
    d.ratio.estimate = candidate ? 1 / (1 + effect) : 1 + effect;
    d.outcome = i >= found ? DuelOutcome::undecided : candidate ? DuelOutcome::slower : DuelOutcome::faster;
    t.add(d, candidate);
  }
  return t;
}

TEST(Power, NinetyFiveOfAHundredIsTheBar) {
  const measure::Noise calm{.sigma_d = 0.01, .sigma_p = 0.001, .blocks = 64, .pairs = 16};
  EXPECT_EQ(like(power_findings({trials(0.03, 100, 95)}, calm), "3 %").outcome, CheckOutcome::held);
  EXPECT_EQ(like(power_findings({trials(0.03, 100, 94)}, calm), "3 %").outcome, CheckOutcome::failed);
  // A few trials are judged by what they can tell.
  EXPECT_EQ(like(power_findings({trials(0.03, 12, 10)}, calm), "3 %").outcome, CheckOutcome::held);
  EXPECT_EQ(like(power_findings({trials(0.03, 12, 8)}, calm), "3 %").outcome, CheckOutcome::failed);
  EXPECT_EQ(like(power_findings({trials(0.03, 0, 0)}, calm), "3 %").outcome, CheckOutcome::not_possible);
}

TEST(Power, OnePerCentIsPromisedOnlyWhereTheNoiseAllowsIt) {
  const measure::Noise calm{.sigma_d = 0.01, .sigma_p = 0.001, .blocks = 64, .pairs = 16};
  const measure::Noise loud{.sigma_d = 0.05, .sigma_p = 0.02, .blocks = 64, .pairs = 16};
  EXPECT_EQ(like(power_findings({trials(0.01, 100, 50)}, calm), "1 %").outcome, CheckOutcome::failed);
  EXPECT_EQ(like(power_findings({trials(0.01, 100, 50)}, loud), "1 %").outcome, CheckOutcome::not_possible);
  EXPECT_EQ(like(power_findings({trials(0.01, 100, 85)}, calm), "1 %").outcome, CheckOutcome::held);
}

TEST(Power, TheSignMustInvertWithTheRoles) {
  const measure::Noise calm{.sigma_d = 0.01, .sigma_p = 0.001, .blocks = 64, .pairs = 16};
  EXPECT_EQ(like(power_findings({trials(0.03, 100, 100)}, calm), "roles").outcome, CheckOutcome::held);
  PowerTrials lopsided;
  lopsided.effect = 0.03;
  for (int i = 0; i < 20; ++i) {
    DuelRecord d;
    d.ratio.estimate = 1 / 1.03;  // the second side is the slower one, whoever it is
    d.outcome = DuelOutcome::slower;
    lopsided.add(d, i % 2 == 0);
  }
  const auto findings = power_findings({lopsided}, calm);
  EXPECT_EQ(like(findings, "roles").outcome, CheckOutcome::failed);
  EXPECT_EQ(like(findings, "roles").numbers.at("wrong_sign"), 10);
}

TEST(NullSearches, ThreeOfThreeHundredSimulatedAndNoneOfTheReal) {
  EXPECT_EQ(simulated_nulls_finding(3, 300, 900).outcome, CheckOutcome::held);
  EXPECT_EQ(simulated_nulls_finding(4, 300, 900).outcome, CheckOutcome::failed);
  EXPECT_EQ(simulated_nulls_finding(1, 60, 180).outcome, CheckOutcome::held);
  EXPECT_EQ(simulated_nulls_finding(5, 60, 180).outcome, CheckOutcome::failed);
  EXPECT_EQ(real_nulls_finding(0, 20, 90).outcome, CheckOutcome::held);
  EXPECT_EQ(real_nulls_finding(1, 20, 90).outcome, CheckOutcome::failed);
  EXPECT_EQ(real_nulls_finding(0, 0, 0).outcome, CheckOutcome::not_possible);
}

TEST(ClockFindings, CoarseClocksAndDearCallsFail) {
  const ClockFacts good{40e-9, 25e-9, 0.9e-6, 0.1e-6, true};
  for (const DoctorFinding& f : clock_findings(good)) EXPECT_EQ(f.outcome, CheckOutcome::held) << f.measured;
  ClockFacts coarse = good;
  coarse.resolution_s = 1e-3;
  EXPECT_EQ(clock_findings(coarse)[0].outcome, CheckOutcome::failed);
  EXPECT_THAT(clock_findings(coarse)[0].mend, HasSubstr("clocksource"));
  ClockFacts dear = good;
  dear.empty_call_s = 100e-6;
  EXPECT_EQ(clock_findings(dear)[1].outcome, CheckOutcome::failed);
  dear.parent_spins = false;
  EXPECT_EQ(clock_findings(dear)[1].outcome, CheckOutcome::held) << "with one core a wake-up stands in the stamp";
}

}  // namespace
}  // namespace ridge
