#include <sstream>

#include <gmock/gmock.h>

#include "cli/commands.h"
#include "cli/options.h"

namespace ridge {
namespace {

using testing::HasSubstr;

std::string mistake(const std::vector<std::string>& words) {
  const auto parsed = parse_arguments(words);
  if (parsed) return "";
  EXPECT_EQ(parsed.error().kind, Error::Kind::usage);
  return parsed.error().message;
}

Options options(const std::vector<std::string>& words) {
  const auto parsed = parse_arguments(words);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed ? parsed->options : Options{};
}

TEST(Parse, ReadsASearch) {
  const Options o = options({"search", "metal-sci/nbody", "--budget", "2m", "--evaluations=500", "--policy", "random",
                             "--policy-set", "a=1", "--policy-set", "b=2=3", "--seed", "18446744073709551615", "--run",
                             "runs/x", "--json", "--no-report"});
  EXPECT_EQ(o.argument(0), "metal-sci/nbody");
  EXPECT_EQ(o.argument(1), "");
  EXPECT_EQ(o.budget_s, 120);
  EXPECT_EQ(o.evaluations, 500);
  EXPECT_EQ(o.policy, "random");
  EXPECT_EQ(o.policy_set, (std::map<std::string, std::string>{{"a", "1"}, {"b", "2=3"}}));
  EXPECT_EQ(o.seed, ~0ull);
  EXPECT_EQ(o.run, "runs/x");
  EXPECT_TRUE(o.json && o.no_report);
  EXPECT_EQ(o.device, "cpu");
}

TEST(Parse, ReadsACheckWithOptionsBetweenItsArguments) {
  const Options o = options(
      {"check", "--set", "TILE=16", "task", "--set", "WIDE=2", "file.cpp", "--workload", "a", "--workload", "b"});
  EXPECT_EQ(o.argument(0), "task");
  EXPECT_EQ(o.argument(1), "file.cpp");
  EXPECT_EQ(o.set.size(), 2u);
  EXPECT_THAT(o.workloads, testing::ElementsAre("a", "b"));
}

TEST(Parse, ADialectStandsForADevice) {
  EXPECT_EQ(options({"check", "--suite", "blas", "--dialect", "cuda", "--compile-only", "--arch", "sm_90"}).device,
            "cuda:sm_90");
  EXPECT_EQ(options({"check", "--suite", "blas", "--dialect", "cuda", "--compile-only"}).device, "cuda:sm_90a");
  EXPECT_EQ(options({"check", "--suite", "blas", "--dialect", "cuda"}).device, "cuda:0");
  EXPECT_EQ(options({"check", "--suite", "blas", "--dialect", "cpp", "--compile-only"}).device, "cpu");
  EXPECT_THAT(mistake({"check", "--suite", "blas", "--dialect", "metal"}), HasSubstr("known: cpp, cuda"));
  EXPECT_THAT(mistake({"check", "--suite", "blas", "--arch", "sm_90"}), HasSubstr("--dialect cuda --compile-only"));
  EXPECT_THAT(mistake({"check", "--suite", "blas", "--dialect", "cuda", "--device", "null"}),
              HasSubstr("has one already"));
  EXPECT_THAT(mistake({"check", "blas/dot", "mine.cu", "--compile-only"}), HasSubstr("leave mine.cu out"));
}

TEST(Parse, ReadsASweep) {
  const Options o = options({"bench", "metal-sci", "--budget", "2m", "--policy", "random,one-plus-one", "--seeds", "3",
                             "--only", "heat2d, lbm", "--out", "x"});
  EXPECT_EQ(o.argument(0), "metal-sci");
  EXPECT_THAT(o.policies, testing::ElementsAre("random", "one-plus-one"));
  EXPECT_THAT(o.only_tasks, testing::ElementsAre("heat2d", "lbm"));
  EXPECT_EQ(o.seeds, 3);
  EXPECT_EQ(o.out, "x");
  EXPECT_THAT(options({"bench", "s"}).policies, testing::ElementsAre("bayes"));
  EXPECT_THAT(mistake({"bench", "s", "--policy", "random,beem"}), HasSubstr("--policy beem: no such policy"));
  EXPECT_THAT(mistake({"bench", "s", "--policy", "random,random"}), HasSubstr("random stands there twice"));
  EXPECT_THAT(mistake({"bench", "s", "--only", "a,,b"}), HasSubstr("--only a,,b"));
  EXPECT_THAT(mistake({"bench", "s", "--seeds", "0"}), HasSubstr("seeds"));
}

TEST(Parse, ReadsAReference) {
  const Options o =
      options({"reference", "heat2d", "--set", "nx=64", "--inputs", "draw", "--outputs", "out", "--seed", "7"});
  EXPECT_EQ(o.set.at("nx"), "64");
  EXPECT_EQ(o.inputs, "draw");
  EXPECT_EQ(o.outputs, "out");
  EXPECT_EQ(o.seed, 7u);
}

TEST(Parse, NamesTheMistakeAndTheNearestThing) {
  EXPECT_EQ(mistake({"search", "t", "--polcy", "x"}), "--polcy: no such option; did you mean --policy?");
  EXPECT_EQ(mistake({"search", "t", "--polcy=x"}), "--polcy: no such option; did you mean --policy?");
  EXPECT_THAT(mistake({"serch"}), HasSubstr("serch: no such command; did you mean search?"));
  EXPECT_THAT(mistake({"search", "t", "--budget", "60"}), HasSubstr("--budget"));
  EXPECT_THAT(mistake({"search", "t", "--budget", "0s"}), HasSubstr("more than nothing"));
  EXPECT_THAT(mistake({"search"}), HasSubstr("ridgeline search --help"));
  EXPECT_THAT(mistake({"search", "a", "b"}), HasSubstr("more arguments"));
  EXPECT_THAT(mistake({"search", "t", "--seed", "x"}), HasSubstr("seed"));
  EXPECT_THAT(mistake({"search", "t", "--evaluations", "-1"}), HasSubstr("evaluations"));
  EXPECT_THAT(mistake({"check", "t", "f", "--set", "TILE"}), HasSubstr("NAME=VALUE"));
  EXPECT_THAT(mistake({"check", "t", "f", "--set", "A=1", "--set", "A=2"}), HasSubstr("twice"));
  EXPECT_THAT(mistake({"check"}), HasSubstr("--suite"));
  EXPECT_THAT(mistake({"check", "t", "--suite", "s"}), HasSubstr("--suite"));
  EXPECT_THAT(mistake({"--jason"}), HasSubstr("--jason"));
  EXPECT_THAT(mistake({""}), HasSubstr("no such command"));
  EXPECT_THAT(mistake({"search", "t", "--policy", "beem"}), HasSubstr("--policy beem: no such policy"));
}

TEST(Parse, EveryCommandExplainsItselfWithAnExample) {
  for (const Command& c : commands()) {
    const auto parsed = parse_arguments({std::string(c.name), "--help"});
    ASSERT_TRUE(parsed) << c.name << ": " << parsed.error().message;
    EXPECT_THAT(parsed->answer, HasSubstr("Usage: ridgeline " + std::string(c.name)));
    EXPECT_THAT(parsed->answer, HasSubstr("Example: " + std::string(c.example)));
    EXPECT_THAT(parsed->answer, HasSubstr("--json"));
  }
}

// An example that does not parse would be worse than none.
TEST(Parse, EveryExampleParses) {
  for (const Command& c : commands()) {
    std::istringstream in{std::string(c.example)};
    std::vector<std::string> words;
    for (std::string w; in >> w;) words.push_back(w);
    ASSERT_EQ(words.front(), "ridgeline");
    words.erase(words.begin());
    EXPECT_EQ(mistake(words), "") << c.example;
  }
}

TEST(Parse, TheTopSaysWhatThereIs) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{}, {"--help"}, {"-h"}, {"help"}}) {
    const auto parsed = parse_arguments(words);
    ASSERT_TRUE(parsed);
    for (const Command& c : commands()) EXPECT_THAT(parsed->answer, HasSubstr(std::string(c.summary)));
  }
}

}  // namespace
}  // namespace ridge
