#include "model/summary.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace ridge {
namespace {

Summary full() {
  Summary s;
  s.run = "runs/a";
  s.task = "suite/a";
  s.device = "cpu";
  s.policy = "random";
  s.seed = ~0ull;
  s.stopped_by = "time";
  s.evaluations = 12;
  s.duplicates = 3;
  s.failed = {{"wrong_result", 2}};
  s.cost = {60.2, 21, 24.8, 9.1, 1.3};
  Summary::Certified c;
  c.candidate = "c:1";
  c.speedup = {9.84, 9.71, 9.97, 0.9};
  c.workloads = {{"w", 0.002, 0.0002, {9.8, 9.7, 9.9, 0.9}, RooflinePoint{0.4, "memory", "L2 48 GB/s"}},
                 {"x", 1, 2, {0.5, 0.4, 0.6, 0.9}, {}}};
  c.baselines = {{"openblas", {0.62, 0.6, 0.64, 0.9}}};
  c.processes = 2;
  c.draws = 16;
  c.gate_attempts = 1;
  WorkloadResult h;
  h.name = "hidden-1";
  h.verdict = Verdict::wrong_result;
  h.reason = Reason::hard_coded_size;
  h.binding = {{"nx", Number(301)}, {"alpha", Number(0.25)}};
  c.hidden = {h};
  c.hidden_ratios = {{9.1, 8.8, 9.4, 0.9}};
  s.certified = c;
  return s;
}

TEST(Summary, SurvivesJson) {
  const Summary s = full();
  const auto j = to_json(s);
  const auto back = summary_from_json(j);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(to_json(*back), j);
  EXPECT_EQ(back->seed, s.seed);
  EXPECT_EQ(back->certified->hidden[0].binding, s.certified->hidden[0].binding);
  EXPECT_EQ(back->certified->workloads[0].ratio.level, 0.9);
}

TEST(Summary, HasTheDocumentedShape) {
  const auto j = to_json(full());
  EXPECT_EQ(j["event"], "summary");
  EXPECT_EQ(j["certified"]["speedup"]["against"], "seed");
  EXPECT_EQ(j["certified"]["baselines"][0]["ratio"]["low"], 0.6);
  EXPECT_EQ(j["certified"]["gate"]["workloads"][0]["ratio"]["high"], 9.4);
  EXPECT_EQ(j["cost"]["draw_check_s"], 9.1);
}

TEST(Summary, NothingCertifiedIsNullAndSaysWhy) {
  Summary s = full();
  s.certified.reset();
  s.why_not = "too close";
  const auto j = to_json(s);
  EXPECT_TRUE(j["certified"].is_null());
  const auto back = summary_from_json(j);
  ASSERT_TRUE(back);
  EXPECT_FALSE(back->certified);
  EXPECT_EQ(back->why_not, "too close");
}

TEST(Summary, AWrongFieldIsNamed) {
  auto j = to_json(full());
  j["certified"]["speedup"]["lower"] = "x";
  const auto back = summary_from_json(j);
  ASSERT_FALSE(back);
  EXPECT_NE(back.error().message.find("speedup.lower"), std::string::npos) << back.error().message;
  EXPECT_FALSE(summary_from_json(nlohmann::json::array()));
}

}  // namespace
}  // namespace ridge
