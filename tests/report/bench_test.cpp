#include <cmath>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "made_up_run.h"
#include "report/bench_results.h"
#include "report/internal/bench_view.h"
#include "report/internal/embedded.h"
#include "report/template_keys.h"

namespace ridge {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

BenchCell cell(const std::string& task, const std::string& policy, std::uint64_t seed, double speedup) {
  BenchCell c;
  c.task = task;
  c.policy = policy;
  c.seed = seed;
  c.state = BenchCell::State::done;
  c.run = "runs/" + task;
  if (speedup > 1) {
    c.claim = Interval{speedup, speedup * 0.98, speedup * 1.02, 0.95};
    c.winner = "WIDE=8";
    c.workloads = {{"small", 2e-3, 2e-3 / speedup, c.claim, RooflinePoint{0.4, "memory", "L2 48 GB/s"}}};
    c.hidden = 4;
    c.hidden_right = 4;
    c.gate_attempts = 1;
    c.hidden_ratio = speedup * 0.9;
  } else {
    c.why_not = "no candidate was faster";
    c.workloads = {{"small", 2e-3, 1.9e-3, std::nullopt, std::nullopt}};
  }
  c.evaluations = 312;
  c.seconds = 120;
  return c;
}

BenchResults sweep(bool several = false) {
  BenchResults r;
  r.spec.suite = "metal-sci";
  r.spec.device = "cpu";
  r.spec.tasks = {"metal-sci/heat2d", "metal-sci/saxpy"};
  r.spec.policies = several ? std::vector<std::string>{"random", "one-plus-one"} : std::vector<std::string>{"random"};
  r.spec.seeds = several ? 4 : 1;
  r.environment = {{"cpu.model", "a machine"}};
  for (int seed = 1; seed <= r.spec.seeds; ++seed)
    for (const std::string& p : r.spec.policies) {
      const double better = p == "random" ? 1 : 1.25;
      r.cells.push_back(cell("metal-sci/heat2d", p, std::uint64_t(seed), (2 + 0.1 * seed) * better));
      r.cells.push_back(cell("metal-sci/saxpy", p, std::uint64_t(seed), p == "random" ? 1 : 1.25));
    }
  return r;
}

TEST(BenchResults, TheTableSaysWhatWasReachedAndWhatWasNot) {
  const std::string text = bench_text(sweep());
  EXPECT_THAT(text, HasSubstr("2.10× [2.06, 2.14]"));
  EXPECT_THAT(text, HasSubstr("nothing claimed: no candidate was faster"));
  EXPECT_THAT(text, HasSubstr("1.05× (screened)"));
  EXPECT_THAT(text, HasSubstr("right on 4 of 4, 1.89×"));
  EXPECT_THAT(text, HasSubstr("40 % of L2 48 GB/s"));
  EXPECT_THAT(text, HasSubstr("2 of 2 searches done, 1 with a claim"));
  EXPECT_THAT(text, Not(HasSubstr("policy")));
}

TEST(BenchResults, PoliciesAreComparedOnEqualTaskAndSeed) {
  const auto rows = compare_policies(sweep(true));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].pairs, 8);
  EXPECT_NEAR(rows[0].ratio.estimate, 1.25, 1e-9);
  EXPECT_NEAR(rows[0].ratio.lower, 1.25, 1e-9);
  BenchResults half = sweep(true);  // a pair whose other side is missing does not count
  half.cells.erase(half.cells.begin());
  EXPECT_EQ(compare_policies(half)[0].pairs, 7);
  half.cells.resize(5);
  const auto few = compare_policies(half);
  EXPECT_LT(few[0].pairs, 6);
  EXPECT_TRUE(std::isinf(few[0].ratio.upper)) << "so few pairs have no interval";
  EXPECT_THAT(bench_text(half), HasSubstr("too few"));
}

TEST(BenchResults, JsonHoldsEveryCellAndNoInfinity) {
  BenchResults r = sweep(true);
  r.cells.resize(3);
  const auto j = nlohmann::json::parse(to_json(r).dump());
  EXPECT_EQ(j["cells"].size(), 3u);
  EXPECT_EQ(j["cells"][0]["speedup"]["estimate"], 2.1);
  EXPECT_EQ(j["cells"][1]["speedup"], nullptr);
  EXPECT_EQ(j["cells"][0]["held_out"]["right"], 4);
  EXPECT_EQ(j["comparisons"][0]["ratio"]["upper"], nullptr);
  EXPECT_EQ(j["spec"]["policies"].size(), 2u);
}

TEST(BenchResults, ARunFillsItsCell) {
  made_up::Settings settings;
  settings.certified = true;
  settings.finished = true;
  settings.evaluations = 300;
  const RunData run = made_up::run(settings);
  BenchCell c;
  c.task = "t";
  fill(c, run);
  EXPECT_EQ(c.state, BenchCell::State::done);
  ASSERT_TRUE(c.claim);
  EXPECT_EQ(c.claim->estimate, run.summary.certified->speedup.estimate);
  EXPECT_EQ(c.workloads.size(), run.summary.certified->workloads.size());
  EXPECT_EQ(c.hidden, int(run.summary.certified->hidden.size()));
  settings.certified = false;
  fill(c, made_up::run(settings));
  EXPECT_FALSE(c.claim) << "nothing is left of what the cell said before";
  ASSERT_FALSE(c.workloads.empty());
  EXPECT_FALSE(c.workloads[0].ratio);
}

TEST(BenchPage, TheTemplateAsksOnlyForWhatThereIs) {
  for (const bool several : {false, true}) {
    const TemplateKeys keys = check_template(embedded::bench_template, bench_view(sweep(several)));
    EXPECT_THAT(keys.missing, IsEmpty());
    EXPECT_THAT(keys.faults, IsEmpty());
  }
}

TEST(BenchPage, IsOfflineAndEscapesWhatOthersWrote) {
  BenchResults r = sweep();
  r.cells[1].why_not = "<script>alert(1)</script>\x1b[2J";
  r.cells[0].winner = "A=<b>";
  r.environment.emplace_back("<i>key", "\"value\"");
  const std::string page = bench_html(r);
  EXPECT_THAT(page, Not(HasSubstr("<script>")));
  EXPECT_THAT(page, Not(HasSubstr("<b>WIDE")));
  EXPECT_THAT(page, Not(HasSubstr("A=<b>")));
  EXPECT_THAT(page, Not(HasSubstr("\x1b")));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme: dark"));
  EXPECT_THAT(page, Not(HasSubstr("http://")));
  EXPECT_THAT(page, Not(HasSubstr("https://")));
}

}  // namespace
}  // namespace ridge
