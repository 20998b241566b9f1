// Commands that judge tasks and oracles, from the words to the files: a suite of one small task, made here.
#include <filesystem>
#include <sstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "cli/cli.h"
#include "evaluate/npy.h"
#include "workshop.h"

namespace ridge {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

struct Outcome {
  int status = -1;
  std::string out, err;
  // The last line that is an event of this name.
  Json event(const std::string& name) const {
    Json found;
    for (const std::string& line : split_lines(out)) {
      const Json j = Json::parse(line, nullptr, false);
      if (j.is_object() && j.value("event", "") == name) found = j;
    }
    return found;
  }
};

class SuiteCommands : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempDir::make("suite");
    ASSERT_TRUE(folder);
    folder_ = std::make_unique<TempDir>(std::move(*folder));
    std::string manifest = workshop::manifest;
    manifest.replace(manifest.find("tolerance = 2e-6"), 16, "tolerance = 2e-6\nnext_lower = \"half.cpp\"");
    add("axpy", manifest);
  }
  void add(const std::string& name, const std::string& manifest) {
    const std::string task = this->task(name);
    std::filesystem::create_directories(task + "/mutants");
    workshop::put(task + "/task.toml", manifest);
    workshop::put(task + "/reference.cpp", workshop::reference);
    workshop::put(task + "/seed.cpp", workshop::honest());
    workshop::put(task + "/template.cpp", workshop::axpy("HONEST", "#define UNUSED WIDE\n", "[tune]\nWIDE = [1, 2]\n"));
    workshop::put(task + "/mutants/half.cpp",
                  workshop::axpy("for (int i = 0; i < n; ++i) z[i] = a * float(_Float16(x[i])) + y[i];"));
    workshop::put(task + "/mutants/usual_a.cpp",
                  workshop::axpy("(void)a; for (int i = 0; i < n; ++i) z[i] = 2.5f * x[i] + y[i];"));
    workshop::put(task + "/README.md", "z = a*x + y\n");
  }
  std::string task(const std::string& name) const { return folder_->path() + "/tasks/mine/" + name; }
  Outcome ridgeline(std::vector<std::string> words) {
    words.insert(words.end(), {"--tasks", folder_->path() + "/tasks"});
    std::ostringstream out, err;
    Terminal terminal{out, err, false, 0};
    Outcome o;
    o.status = run_cli(words, terminal);
    o.out = out.str();
    o.err = err.str();
    return o;
  }
  std::string path(const std::string& name) const { return folder_->path() + "/" + name; }
  std::unique_ptr<TempDir> folder_;
};

TEST_F(SuiteCommands, TheCheckAcceptsRightKernelsAndNoticesWrongOnes) {
  const Outcome o = ridgeline({"check", "--suite", "mine", "--small", "--held-out", "2"});
  EXPECT_EQ(o.status, 0) << o.out << o.err;
  EXPECT_THAT(o.out,
              HasSubstr("1 of 1 seeds and 1 of 1 templates accepted, 2 of 2 mutants noticed, 4 of 4 judgements on "
                        "held-out workloads accepted"));
  EXPECT_THAT(o.out, HasSubstr("usual value of a scalar"));
}

TEST_F(SuiteCommands, ABlindCheckAndABrokenTaskFail) {
  std::string blind = workshop::manifest;
  blind.replace(blind.find("tolerance = 2e-6"), 16, "tolerance = 1e-1");
  add("blind", blind);
  const Outcome o = ridgeline({"check", "--suite", "mine", "--small", "--json"});
  EXPECT_EQ(o.status, 1) << o.out << o.err;
  const Json sums = o.event("checked");
  EXPECT_EQ(sums["mutants"], 4);
  EXPECT_EQ(sums["mutants_noticed"], 3) << "half precision passes with a tolerance of 0.1";
  EXPECT_EQ(sums["as_expected"], false);
  workshop::put(task("blind") + "/reference.cpp", "nonsense RIDGELINE_REFERENCE\n");
  const Outcome broken = ridgeline({"check", "--suite", "mine", "--small"});
  EXPECT_EQ(broken.status, 3);
  EXPECT_THAT(broken.out, AllOf(HasSubstr("1 of 1 seeds"), HasSubstr("1 tasks broken"), HasSubstr("does not compile")));
}

TEST_F(SuiteCommands, CalibrationSaysWhereTheToleranceLies) {
  const Outcome o = ridgeline({"calibrate", "mine/axpy", "--small", "--json"});
  EXPECT_EQ(o.status, 0) << o.out << o.err;
  const Json j = o.event("calibration");
  EXPECT_EQ(j["separates"], true);
  EXPECT_GE(j["outputs"][0]["factor"], 2);
  EXPECT_GT(j["outputs"][0]["wrong_share"], 1);
  std::vector<std::string> kinds;
  for (const Json& k : j["kernels"]) kinds.push_back(k["kind"]);
  EXPECT_THAT(kinds, testing::ElementsAre("honest", "honest", "honest", "honest", "next lower precision", "mutant"));

  std::string loose = workshop::manifest;
  loose.replace(loose.find("tolerance = 2e-6"), 16, "tolerance = 1e-1");
  workshop::put(task("axpy") + "/task.toml", loose);
  const Outcome blind = ridgeline({"calibrate", "mine/axpy", "--small"});
  EXPECT_EQ(blind.status, 1);
  EXPECT_THAT(blind.out, AllOf(HasSubstr("half.cpp is wrong but was not noticed"), HasSubstr("at most 200 ×")));
}

TEST_F(SuiteCommands, TheReferenceWritesWhatItReadsBack) {
  const Outcome drawn = ridgeline({"reference", "mine/axpy", "--set", "n=5", "--set", "a=-1.5", "--inputs", "draw",
                                   "--seed", "9", "--outputs", path("one")});
  EXPECT_EQ(drawn.status, 0) << drawn.err;
  const Outcome again =
      ridgeline({"reference", "mine/axpy", "--inputs", path("one/inputs"), "--outputs", path("two"), "--json"});
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(again.event("reference")["task"], "mine/axpy");
  EXPECT_EQ(read_file(path("one/z.npy")).value(), read_file(path("two/z.npy")).value());
  const std::vector<std::uint64_t> shape = {5};
  const auto x = read_npy(path("one/inputs/x.npy"), ScalarType::f32, shape);
  const auto y = read_npy(path("one/inputs/y.npy"), ScalarType::f32, shape);
  const auto z = read_npy(path("one/z.npy"), ScalarType::f64, shape);
  ASSERT_TRUE(x && y && z);
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_EQ(decode(z->data() + 8 * i, ScalarType::f64),
              -1.5 * decode(x->data() + 4 * i, ScalarType::f32) + decode(y->data() + 4 * i, ScalarType::f32));
  const auto said = Json::parse(read_file(path("one/case.json")).value());
  EXPECT_EQ(said["outputs"]["z"]["tolerance"], 2e-6);
  EXPECT_EQ(said["symbols"]["n"], 5);
}

TEST_F(SuiteCommands, TheReferenceNamesWhatIsWrong) {
  const auto says = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"reference", "mine/axpy"});
    const Outcome o = ridgeline(words);
    EXPECT_NE(o.status, 0) << o.out;
    return o.err;
  };
  const std::string out = path("out");
  EXPECT_THAT(says({"--set", "n=5"}), HasSubstr("--inputs"));
  EXPECT_THAT(says({"--inputs", "draw", "--outputs", out}), HasSubstr("which case?"));
  EXPECT_THAT(says({"--set", "n=5", "--inputs", "draw", "--outputs", out}), HasSubstr("a is missing"));
  EXPECT_THAT(says({"--set", "m=5", "--inputs", "draw", "--outputs", out}), HasSubstr("--set m: no such symbol"));
  EXPECT_THAT(says({"--workload", "1001", "--inputs", "draw", "--outputs", out}), HasSubstr("did you mean \"1000\""));
  EXPECT_THAT(says({"--workload", "1000", "--set", "n=five", "--inputs", "draw", "--outputs", out}),
              HasSubstr("n = five: expected a whole number"));
  EXPECT_THAT(says({"--workload", "1000", "--set", "n=0", "--inputs", "draw", "--outputs", out}), HasSubstr("range"));
  EXPECT_THAT(says({"--workload", "1000", "--set", "a=nan", "--inputs", "draw", "--outputs", out}),
              HasSubstr("a = nan: expected a number"));
  EXPECT_THAT(says({"--workload", "1000", "--inputs", path("none"), "--outputs", out}), HasSubstr("x.npy"));

  ASSERT_EQ(ridgeline({"reference", "mine/axpy", "--workload", "1000", "--inputs", "draw", "--outputs", out}).status,
            0);
  EXPECT_THAT(says({"--set", "n=5", "--inputs", out + "/inputs", "--outputs", out}),
              AllOf(HasSubstr("symbols.n is 1000"), HasSubstr("says 5")));
  const std::string file = out + "/inputs/x.npy";
  const std::string whole = read_file(file).value();
  workshop::put(file, whole.substr(0, whole.size() - 1));
  EXPECT_THAT(says({"--inputs", out + "/inputs", "--outputs", out}), AllOf(HasSubstr(file), HasSubstr("truncated")));
  std::string infinite = whole;
  infinite.replace(infinite.size() - 4, 4, std::string("\x00\x00\x80\x7f", 4));
  workshop::put(file, infinite);
  EXPECT_THAT(says({"--inputs", out + "/inputs", "--outputs", out}), HasSubstr("element 999 is not finite"));
  workshop::put(out + "/inputs/case.json", "{\"symbols\": {\"n\": 2.5, \"a\": 1}}");
  EXPECT_THAT(says({"--inputs", out + "/inputs", "--outputs", out}), HasSubstr("symbols.n = 2.5"));
}

TEST_F(SuiteCommands, TooLargeACaseIsAnErrorAndNoCrash) {
  std::string manifest = workshop::manifest;
  manifest.replace(manifest.find("max = 1048576"), 13, "max = 2000000000");
  workshop::put(task("axpy") + "/task.toml", manifest);
  const Outcome o = ridgeline({"reference", "mine/axpy", "--set", "n=2000000000", "--set", "a=1", "--inputs", "draw",
                               "--outputs", path("out")});
  EXPECT_EQ(o.status, 3);
  EXPECT_THAT(o.err, HasSubstr("its buffers need"));
}

// One second of searching for each cell; what is found does not matter here.
TEST_F(SuiteCommands, ASweepIsGoneOnWithAndOneFailingTaskStopsNoOther) {
  add("broken", workshop::manifest);
  workshop::put(task("broken") + "/seed.cpp", workshop::axpy("for (int i = 0; i < n; ++i) z[i] = 0;"));
  const std::vector<std::string> words = {"bench",  "mine",  "--evaluations", "2",          "--policy",
                                          "random", "--out", path("sweep"),   "--no-report"};
  const Outcome first = ridgeline(words);
  EXPECT_EQ(first.status, 3) << "a task failed";
  EXPECT_THAT(first.err, AllOf(HasSubstr("mine/broken"), HasSubstr("seed is not accepted")));
  const Json results = Json::parse(read_file(path("sweep/results.json")).value());
  ASSERT_EQ(results["cells"].size(), 2u);
  EXPECT_EQ(results["cells"][0]["state"], "done");
  EXPECT_EQ(results["cells"][1]["state"], "failed");
  EXPECT_THAT(read_file(path("sweep/results.html")).value(), HasSubstr("mine/axpy"));

  // Mended, the same command runs what is missing and leaves alone what is done.
  workshop::put(task("broken") + "/seed.cpp", workshop::honest());
  const auto before = std::filesystem::last_write_time(path("sweep/axpy-random-1/summary.json"));
  const Outcome second = ridgeline(words);
  EXPECT_EQ(second.status, 0) << second.err;
  EXPECT_THAT(second.out, AllOf(Not(HasSubstr("[1/2]")), HasSubstr("[2/2]"), HasSubstr("2 of 2 searches done")));
  EXPECT_EQ(std::filesystem::last_write_time(path("sweep/axpy-random-1/summary.json")), before);

  const Outcome other =
      ridgeline({"bench", "mine", "--evaluations", "3", "--policy", "random", "--out", path("sweep")});
  EXPECT_EQ(other.status, 2);
  EXPECT_THAT(other.err, HasSubstr("holds a sweep with evaluations = 2"));
}

TEST_F(SuiteCommands, BenchNamesWhatItCannotFind) {
  EXPECT_THAT(ridgeline({"bench"}).err, HasSubstr("Name a suite"));
  EXPECT_THAT(ridgeline({"bench", "mina"}).err, HasSubstr("did you mean \"mine\""));
  EXPECT_THAT(ridgeline({"bench", "mine", "--only", "axpi"}).err, HasSubstr("did you mean \"axpy\""));
}

}  // namespace
}  // namespace ridge
