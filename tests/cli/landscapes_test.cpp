#include <sstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "base/subprocess.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/program.h"

namespace ridge {
namespace {

using testing::HasSubstr;

// Eight configurations, one of which fails: a comparison takes no time.
constexpr const char* kCache = R"({"kernel_name": "k", "tune_params_keys": ["x", "y"],
  "tune_params": {"x": [1, 2, 4, 8], "y": [0, 1]}, "cache": {%ENTRIES%}})";

std::string cache() {
  std::string entries;
  for (const int x : {1, 2, 4, 8})
    for (const int y : {0, 1})
      entries += fmt::format(R"({}"{},{}": {{"x": {}, "y": {}, "time": {}}})", entries.empty() ? "" : ", ", x, y, x, y,
                             x == 8 && y == 1 ? "\"RuntimeFailedConfig\"" : std::to_string(10 - x));
  std::string text = kCache;
  return text.replace(text.find("%ENTRIES%"), 9, entries);
}

class BenchLandscapes : public testing::Test {
 protected:
  BenchLandscapes() {
    RIDGE_CHECK(write_file(folder.path() + "/k_A.kernel_tuner.json", cache()).has_value(), "written");
  }
  TempDir folder = *TempDir::make("landscapes");
};

TEST_F(BenchLandscapes, ShowsEveryOptimiser) {
  const auto text = ridgeline({"bench", "--landscapes", folder.path(), "--seeds", "2"});
  EXPECT_EQ(text.status, 0) << text.err;
  for (const char* word : {"bayes", "genetic", "random", "exhaustive", "paired with random", "paired with bayes",
                           "k_A (8 configurations, 1 failed)", "1.000 [1.000, 1.000]"})
    EXPECT_THAT(text.out, HasSubstr(word));
  const auto json =
      ridgeline({"bench", "--landscapes", folder.path(), "--seeds", "2", "--policy", "genetic,random", "--json"});
  EXPECT_EQ(json.status, 0) << json.err;
  const auto parsed = nlohmann::json::parse(json.out);
  EXPECT_EQ(parsed["optimisers"].size(), 2u);
  EXPECT_EQ(parsed["optimisers"][0]["overall"][3]["mean"], 1.0);
}

TEST_F(BenchLandscapes, MistakesAreNamed) {
  EXPECT_EQ(ridgeline({"bench", "--landscapes", folder.path() + "/no"}).status, 3);
  EXPECT_EQ(ridgeline({"bench", "metal-sci", "--landscapes", folder.path()}).status, 2);
  const auto setting =
      ridgeline({"bench", "--landscapes", folder.path(), "--policy", "bayes", "--policy-set", "margni=1"});
  EXPECT_EQ(setting.status, 2);
  EXPECT_THAT(setting.err, HasSubstr("did you mean \"margin\""));
  EXPECT_EQ(ridgeline({"export", "no-such-run"}).status, 2);
}

TEST(BenchLandscapesOptions, ThirtySeedsAndAllOptimisersUnlessTold) {
  const auto standard = parse_arguments({"bench", "--landscapes", "x"});
  ASSERT_TRUE(standard);
  EXPECT_EQ(standard->options.seeds, 30);
  EXPECT_TRUE(standard->options.policies.empty());
  const auto given = parse_arguments({"bench", "--landscapes", "x", "--seeds", "4", "--policy", "bayes"});
  ASSERT_TRUE(given);
  EXPECT_EQ(given->options.seeds, 4);
  EXPECT_EQ(given->options.policies, std::vector<std::string>{"bayes"});
}

}  // namespace
}  // namespace ridge
