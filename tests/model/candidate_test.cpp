#include "model/candidate.h"

#include <gmock/gmock.h>

#include "samples.h"

namespace ridge {
namespace {

using testing::ElementsAre;
using testing::Pair;

Draft draft() {
  Draft d;
  d.source = std::make_shared<const std::string>("void kernel() {}\n");
  d.plan = std::make_shared<const Plan>(sample::plan());
  d.file = "kernel.cpp";
  d.op = "tune";
  return d;
}

Task task() {
  Task t;
  t.build[Dialect::cpp] = BuildRules{{"-O2"}, {"-O2", "-O3"}};
  return t;
}

TEST(Candidate, EqualContentHasEqualIdentityWhateverItsFileAndLineage) {
  Draft other = draft();
  other.source = std::make_shared<const std::string>(*other.source);
  other.file = "elsewhere/renamed.cpp";
  other.parents = {"c:1"};
  other.op = "rewrite";
  other.why = "because";
  EXPECT_EQ(seal(task(), draft()).id, seal(task(), other).id);
  EXPECT_THAT(seal(task(), draft()).id, testing::MatchesRegex("c:[0-9a-f]{16}"));
}

TEST(Candidate, EveryPartOfTheContentIsInTheIdentity) {
  std::vector<CandidateId> ids = {seal(task(), draft()).id};
  const auto add = [&](auto change) {
    Draft d = draft();
    Task t = task();
    change(d, t);
    ids.push_back(seal(t, d).id);
  };
  add([](Draft& d, Task&) { d.source = std::make_shared<const std::string>("void kernel() { }\n"); });
  add([](Draft& d, Task&) { d.dialect = Dialect::cuda; });
  add([](Draft& d, Task&) { d.parameters["TILE"] = std::int64_t(16); });
  add([](Draft& d, Task&) { d.parameters["TILE"] = 8.0; });
  add([](Draft& d, Task&) { d.parameters["TILE"] = std::string("8"); });
  add([](Draft&, Task& t) { t.build[Dialect::cpp].default_flags = {"-O3"}; });
  add([](Draft& d, Task&) { d.parameters["COMPILER"] = std::string("clang++"); });
  add([](Draft& d, Task&) {
    Plan p = sample::plan();
    p.scratch.emplace_back().name = "tmp";
    d.plan = std::make_shared<const Plan>(p);
  });
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(std::unique(ids.begin(), ids.end()), ids.end());
}

TEST(Candidate, FlagsComeFromThePlanThenTheChoiceThenTheTask) {
  EXPECT_THAT(seal(task(), draft()).flags, ElementsAre("-O2"));
  Draft d = draft();
  d.parameters["FLAGS"] = std::string("-O3  -ffast-math");
  EXPECT_THAT(seal(task(), d).flags, ElementsAre("-O3", "-ffast-math"));
  Plan p = sample::plan();
  p.flags = {"-march=native"};
  d.plan = std::make_shared<const Plan>(p);
  EXPECT_THAT(seal(task(), d).flags, ElementsAre("-march=native", "-O3", "-ffast-math"));
  d.parameters["FLAGS"] = std::string();
  EXPECT_THAT(seal(task(), d).flags, ElementsAre("-march=native"));
}

TEST(Candidate, TunablesThatADraftLeavesOutGetTheirDefaults) {
  Draft d = draft();
  d.parameters["TILE"] = std::int64_t(32);
  const Candidate c = seal(task(), d);
  EXPECT_EQ(c.parameters.at("FAST"), ParameterValue(false));
  EXPECT_EQ(c.parameters.at("TILE"), ParameterValue(std::int64_t(32)));
}

TEST(Candidate, MacrosLeaveOutFlagsAndCompiler) {
  Draft d = draft();
  d.parameters["FLAGS"] = std::string("-O3");
  d.parameters["COMPILER"] = std::string("g++");
  const Candidate c = seal(task(), d);
  EXPECT_EQ(c.compiler, "g++");
  EXPECT_THAT(macros(c), ElementsAre(Pair("FAST", "0"), Pair("TILE", "8")));
}

TEST(Candidate, ComesBackFromJson) {
  sample::Random random(4);
  for (int i = 0; i < 100; ++i) {
    const Candidate c = random.candidate();
    const auto back = candidate_from_json(to_json(c, true));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->id, identify(*back));
    EXPECT_EQ(*back->plan, *c.plan);
    EXPECT_EQ(back->parameters, c.parameters);
    EXPECT_EQ(to_json(*back, true), to_json(c, true));
  }
  EXPECT_FALSE(candidate_from_json(to_json(sample::candidate(8), false)));
}

}  // namespace
}  // namespace ridge
