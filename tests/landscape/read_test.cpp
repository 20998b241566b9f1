#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "base/subprocess.h"
#include "base/text.h"
#include "data.h"
#include "landscape/landscape.h"

namespace ridge {
namespace {

using testing::HasSubstr;

constexpr const char* kCache = R"({"device_name": "A", "kernel_name": "k", "objective": "time",
  "tune_params_keys": ["x", "way"], "tune_params": {"x": [1, 2], "way": ["a", "b"]},
  "cache": {"1,a": {"x": 1, "way": "a", "time": 2.0, "times": [1.9, 2.1], "compile_time": 10},
            "1,b": {"x": 1, "way": "b", "time": "RuntimeFailedConfig"},
            "2,a": {"x": 2, "way": "a", "time": "InvalidConfig"},
            "2,b": {"x": 2, "way": "b", "time": 1.0}}})";
constexpr const char* kT1 = R"({"ConfigurationSpace": {"TuningParameters": [
  {"Name": "x", "Type": "int", "Values": "[1, 2]", "Default": 2},
  {"Name": "way", "Type": "string", "Values": "['a', 'b']", "Default": "a"}],
  "Conditions": [{"Expression": "not x == 2 or x >= 2", "Parameters": ["x"]}]},
  "KernelSpecification": {"KernelName": "k"}})";
constexpr const char* kT4 = R"({"metadata": {"timeunit": "miliseconds"}, "schema_version": "1.0.0", "results": [
  {"configuration": {"x": 1, "way": "a"}, "times": {"compilation": 10, "runtimes": [1.9, 2.1]}, "invalidity": "correct",
   "measurements": [{"name": "time", "value": 2.0, "unit": ""}], "objectives": ["time"]},
  {"configuration": {"x": 2, "way": "b"}, "invalidity": "compile",
   "measurements": [{"name": "time", "value": "CompilationFailedConfig"}], "objectives": ["time"]}]})";

std::string with(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  RIDGE_CHECK(at != std::string::npos, from);
  return text.replace(at, from.size(), to);
}

TEST(KernelTuner, ReadsTimesFailuresAndLeavesRestrictedPointsOut) {
  const auto l = read_kernel_tuner(kCache, "k_A");
  ASSERT_TRUE(l) << l.error().message;
  EXPECT_EQ(l->kernel, "k");
  EXPECT_EQ(l->device, "A");
  ASSERT_EQ(l->configurations.size(), 3u);
  EXPECT_EQ(l->failed, 1u);
  EXPECT_DOUBLE_EQ(l->best_seconds, 1e-3);
  const Configuration* first = l->find({0, 0});
  ASSERT_NE(first, nullptr);
  EXPECT_DOUBLE_EQ(*first->seconds, 2e-3);
  EXPECT_THAT(first->runs, testing::ElementsAre(testing::DoubleEq(1.9e-3), testing::DoubleEq(2.1e-3)));
  EXPECT_DOUBLE_EQ(first->compile_seconds, 0.01);
  EXPECT_EQ(l->find({0, 1})->failure, "runtime");
  EXPECT_EQ(l->find({1, 0}), nullptr);
  EXPECT_FALSE(l->space.valid({1, 0}));
  EXPECT_THAT(l->notes, testing::ElementsAre(HasSubstr("1 configurations")));
}

TEST(KernelTuner, ACacheThatIsStillWrittenIsRead) {
  std::string open = with(kCache, R"("time": 1.0}}})", R"("time": 1.0},)");
  const auto l = read_kernel_tuner(open + "\n", "x");
  ASSERT_TRUE(l) << l.error().message;
  EXPECT_EQ(l->configurations.size(), 3u);
}

TEST(KernelTuner, BrokenFilesNameTheField) {
  const auto said = [](const std::string& text) {
    const auto l = read_kernel_tuner(text, "file");
    return l ? std::string("was read") : l.error().message;
  };
  EXPECT_THAT(said(""), HasSubstr("file: not valid JSON"));
  EXPECT_THAT(said("[]"), HasSubstr("file: expected an object, found array"));
  EXPECT_THAT(said("{}"), HasSubstr("file: tune_params_keys: expected an array"));
  EXPECT_THAT(said(std::string(100'000, '[')), HasSubstr("nested deeper"));
  EXPECT_THAT(said(with(kCache, R"("time": 2.0)", R"("time": NaN)")), HasSubstr("not valid JSON"));
  EXPECT_THAT(said(with(kCache, R"("time": 2.0)", R"("time": -2)")),
              HasSubstr(R"(cache["1,a"].time: expected a positive)"));
  EXPECT_THAT(said(with(kCache, R"("time": 2.0)", R"("time": null)")), HasSubstr(R"(cache["1,a"].time)"));
  EXPECT_THAT(said(with(kCache, R"("time": 2.0)", R"("time": "")")), HasSubstr("neither a time nor"));
  EXPECT_THAT(said(with(kCache, R"("time": 2.0, )", "")), HasSubstr(R"(cache["1,a"].time: missing)"));
  EXPECT_THAT(said(with(kCache, "[1.9, 2.1]", "[1.9, 0]")),
              HasSubstr(".times[1]: expected a positive number, found 0"));
  EXPECT_THAT(said(with(kCache, R"({"x": 1, "way": "a", )", R"({"x": 1, )")),
              HasSubstr(R"(cache["1,a"].way: missing)"));
  EXPECT_THAT(said(with(kCache, R"({"x": 1, "way": "a", )", R"({"x": 3, "way": "a", )")),
              HasSubstr(R"(cache["1,a"].x: 3 is not one of its values (1, 2))"));
  EXPECT_THAT(said(with(kCache, R"({"x": 1, "way": "b", )", R"({"x": 1, "way": "a", )")),
              HasSubstr("twice: x=1 way=a"));
  EXPECT_THAT(said(with(kCache, R"("x": [1, 2])", R"("x": [1, 1])")),
              HasSubstr("tune_params.x[1]: the value 1 is there twice"));
  EXPECT_THAT(said(with(kCache, R"("x": [1, 2])", R"("x": [1, "two"])")), HasSubstr("of another kind"));
  EXPECT_THAT(said(with(kCache, R"("x": [1, 2])", R"("x": [])")), HasSubstr("tune_params.x: expected an array of 1"));
  EXPECT_THAT(said(with(kCache, R"("x": [1, 2])", R"("x": [1, 18446744073709551615])")), HasSubstr("out of range"));
  EXPECT_THAT(said(with(kCache, R"(["x", "way"])", R"(["x", "x"])")), HasSubstr("x is there twice"));
  EXPECT_THAT(said(with(kCache, R"("objective": "time")", R"("objective": "GFLOP/s")")),
              HasSubstr("only sweeps of \"time\""));
}

TEST(T4, ReadsResultsOverTheSpaceOfT1) {
  const auto l = read_t4(kT4, kT1, "k_A");
  ASSERT_TRUE(l) << l.error().message;
  EXPECT_EQ(l->configurations.size(), 2u);
  EXPECT_EQ(l->failed, 1u);
  EXPECT_DOUBLE_EQ(l->best_seconds, 2e-3);
  EXPECT_EQ(l->find({1, 1})->failure, "compile");
  EXPECT_EQ(l->space.tunables()[0].default_index, 1u);
  EXPECT_DOUBLE_EQ(read_t4(with(kT4, "miliseconds", "seconds"), kT1, "k_A")->best_seconds, 2.0);
}

TEST(T4, ConditionsLeaveConfigurationsOutOrAreNoted) {
  const auto l = read_t4(kT4, with(kT1, "not x == 2 or x >= 2", "1 <= x < 2"), "k_A");
  ASSERT_TRUE(l);
  EXPECT_EQ(l->configurations.size(), 1u);
  EXPECT_THAT(l->notes, testing::ElementsAre(HasSubstr("1 configurations that violate conditions")));
  const auto odd = read_t4(kT4, with(kT1, "not x == 2 or x >= 2", "x ** 2 < 9"), "k_A");
  ASSERT_TRUE(odd);
  EXPECT_THAT(odd->notes, testing::ElementsAre(HasSubstr("Conditions[0] is not used: x ** 2 < 9")));
}

TEST(T4, BrokenFilesNameTheField) {
  const auto said = [](const std::string& t4, const std::string& t1) {
    const auto l = read_t4(t4, t1, "file");
    return l ? std::string("was read") : l.error().message;
  };
  EXPECT_THAT(said("{}", kT1), HasSubstr("file.results: missing"));
  EXPECT_THAT(said(kT4, "{}"), HasSubstr("file (T1).ConfigurationSpace: missing"));
  EXPECT_THAT(said(kT4, with(kT1, R"("Name": "x", )", "")), HasSubstr("TuningParameters[0].Name: missing"));
  EXPECT_THAT(said(kT4, with(kT1, R"("[1, 2]")", "\"range(3)\"")),
              HasSubstr("TuningParameters[0].Values: not valid JSON"));
  EXPECT_THAT(said(with(kT4, "miliseconds", "fortnights"), kT1), HasSubstr("metadata.timeunit: \"fortnights\""));
  EXPECT_THAT(said(with(kT4, R"("x": 1, )", ""), kT1), HasSubstr("results[0].configuration.x: missing"));
  EXPECT_THAT(said(with(kT4, R"("x": 1)", R"("x": 1, "wy": 2)"), kT1),
              HasSubstr("configuration.wy: no such tunable; did you mean \"way\""));
  EXPECT_THAT(said(with(kT4, R"("invalidity": "correct",)", ""), kT1), HasSubstr("results[0].invalidity: missing"));
  EXPECT_THAT(said(with(kT4, R"("name": "time")", R"("name": "power")"), kT1),
              HasSubstr("results[0].measurements: none is named \"time\""));
  EXPECT_THAT(said(with(kT4, R"("value": 2.0)", R"("value": 0)"), kT1),
              HasSubstr("results[0].measurements: expected a positive"));
  EXPECT_THAT(said(with(kT4, R"("correct")", R"("runtime")"), kT1), HasSubstr("every configuration failed"));
}

// Whatever is cut away or changed, the answer is a landscape or an error.
TEST(Read, MangledFilesNeverCrash) {
  Rng rng(1);
  for (int i = 0; i < 3000; ++i) {
    std::string cache = kCache, t4 = kT4, t1 = kT1;
    std::string& text = i % 3 == 0 ? cache : i % 3 == 1 ? t4 : t1;
    const std::size_t at = rng.below(text.size());
    switch (rng.below(3)) {
      case 0:
        text.resize(at);
        break;
      case 1:
        text[at] = char(rng.below(256));
        break;
      default:
        text.erase(at, rng.below(20));
    }
    if (i % 3 == 0) {
      (void)read_kernel_tuner(cache, "x");
    } else {
      (void)read_t4(t4, t1, "x");
    }
  }
}

TEST(Condition, MeansWhatItMeansInPython) {
  MapScope scope;
  scope.set("a", 2);
  scope.set("b", 3);
  for (const auto& [text, expected] :
       std::vector<std::pair<std::string, bool>>{{"a == 2 and b == 3", true},
                                                 {"not a == 2 or b == 3", true},
                                                 {"not (a == 2 and b == 3)", false},
                                                 {"not a == 3", true},
                                                 {"1 <= a < b <= 3", true},
                                                 {"1 <= a < b < 3", false},
                                                 {"a in [1, 2] and b not in (1, 2)", true},
                                                 {"a in []", false},
                                                 {"(a * b) % 4 == 2", true},
                                                 {"b // a == 1 and b / a > 1.4", true},
                                                 {"a == 1 or a == 2 and b == 4", false},
                                                 {"True and not False", true},
                                                 {"-a < 0 and (a + 1) * 2 == 6", true}}) {
    const auto e = condition_from_python(text);
    ASSERT_TRUE(e) << text << ": " << e.error().message;
    const auto value = e->evaluate(scope);
    ASSERT_TRUE(value) << text << " as " << e->text() << ": " << value.error().message;
    EXPECT_EQ(value->truth(), expected) << text << " as " << e->text();
  }
  for (const std::string text :
       {"", "a ==", "(a", "a)", "a ** 2", "a if b else 1", "lambda: 1", "a in 3", "a == 'x'", "and"})
    EXPECT_FALSE(condition_from_python(text)) << text;
  EXPECT_FALSE(condition_from_python(std::string(5000, '(')));
  EXPECT_FALSE(condition_from_python(std::string(3000, '(')));
}

class Folder : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) { ASSERT_TRUE(write_file(path + "/" + name, text)); }
  TempDir folder = *TempDir::make("landscapes");
  std::string path = folder.path();
};

TEST_F(Folder, PairsResultsWithTheirSpace) {
  write("k_A.t4.json", kT4);
  EXPECT_THAT(read_landscapes(path).error().message, HasSubstr("no space for k_A.t4.json"));
  write("k.t1.json", kT1);
  write("k_B.kernel_tuner.json", kCache);
  write("k_B.t4.json", "not read, since the cache file is there");
  const auto all = read_landscapes(path);
  ASSERT_TRUE(all) << all.error().message;
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[0].name, "k_A");
  EXPECT_EQ((*all)[1].name, "k_B");
  EXPECT_EQ((*all)[1].notes.size(), 2u);
}

TEST_F(Folder, ErrorsNameFolderAndFile) {
  EXPECT_THAT(read_landscapes(path + "/nowhere").error().message, HasSubstr("nowhere"));
  EXPECT_THAT(read_landscapes(path).error().message, HasSubstr("no landscape"));
  write("bad.kernel_tuner.json", "{}");
  EXPECT_THAT(read_landscapes(path).error().message, HasSubstr("bad: tune_params_keys"));
  std::string packed = *read_file(kData + "/pnpoly_RTX_3090.kernel_tuner.json.gz");
  write("cut.kernel_tuner.json.gz", packed.substr(0, packed.size() / 2));
  EXPECT_THAT(read_packed(path + "/cut.kernel_tuner.json.gz").error().message, HasSubstr("cannot be unpacked"));
  EXPECT_THAT(read_packed(kData + "/pnpoly_RTX_3090.kernel_tuner.json.gz", 1000).error().message,
              HasSubstr("more than 1000"));
}

TEST(Recorded, TheSweepsOfTheTestData) {
  const auto all = read_landscapes(kData);
  ASSERT_TRUE(all) << all.error().message;
  ASSERT_EQ(all->size(), 2u);
  const Landscape &convolution = (*all)[0], &pnpoly = (*all)[1];
  EXPECT_EQ(convolution.configurations.size(), 4362u);
  EXPECT_EQ(convolution.failed, 161u);
  EXPECT_NEAR(convolution.best_seconds, 0.5536e-3, 1e-9);
  EXPECT_EQ(pnpoly.configurations.size(), 4092u);
  EXPECT_EQ(pnpoly.failed, 318u);
  EXPECT_EQ(pnpoly.configurations[0].runs.size(), 3u);
}

TEST(Prior, GoesByNamesAndValues) {
  const auto here = read_kernel_tuner(kCache, "here");
  std::string text = with(kCache, R"("x": [1, 2])", R"("x": [2, 1])");
  text = with(text, R"("time": 2.0)", R"("time": 7.0)");
  const auto there = read_kernel_tuner(text, "there");
  ASSERT_TRUE(here && there);
  const Prior prior = prior_from(*there, here->space);
  EXPECT_DOUBLE_EQ(*prior({0, 0}), 7e-3);
  EXPECT_FALSE(prior({0, 1})) << "failed there";
  EXPECT_FALSE(prior({1, 0})) << "not recorded there";
}

}  // namespace
}  // namespace ridge
