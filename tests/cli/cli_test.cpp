#include "cli/cli.h"

#include <filesystem>
#include <sstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "base/subprocess.h"
#include "base/text.h"
#include "cli/program.h"

namespace ridge {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const char* const kTask = R"(format = 1
title = "Scale a vector"
dialects = ["cpp"]
[symbols]
n = { min = 1, max = 1000000 }
[buffers.x]
type = "f32"
shape = ["n"]
access = "inout"
[[workload]]
name = "small"
n = 1000
[held_out]
count = 2
n = { choose = "integer", from = 10, to = 2000 }
[work]
bytes = "8 * n"
flops = "n"
precision = "f32"
[floor]
bytes = "8 * n"
[check]
metric = "max_abs"
tolerance = "1e-6"
[build.cpp]
default = ["-O2"]
allowed = ["-O2", "-O3"]
)";
const char* const kReference = R"(#include <ridgeline/reference.h>
void inputs(ridge::ref::Case& c, ridge::ref::Rng& rng) {
  for (float& x : c.f32("x")) x = float(rng.uniform(0.0, 1.0));
}
void oracle(const ridge::ref::Case& c, ridge::ref::Outputs& out) {
  auto x = c.f32("x");
  auto y = out.real("x");
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = 2.0 * x[i];
}
RIDGELINE_REFERENCE(inputs, oracle)
)";
const char* const kSeed = R"(/* ridgeline
[[stage]]
[[stage.op]]
launch = "scale"
args = ["x", "n"]
*/
extern "C" void scale(float* x, int n) { for (int i = 0; i < n; ++i) x[i] *= 2; }
)";

// A catalog of one suite with one task, in a folder of its own.
class Cli : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempDir::make("cli");
    ASSERT_TRUE(folder);
    folder_ = std::make_unique<TempDir>(std::move(*folder));
    const std::string task = folder_->path() + "/mine/scale";
    std::filesystem::create_directories(task + "/mutants");
    ASSERT_TRUE(write_file(task + "/task.toml", kTask));
    ASSERT_TRUE(write_file(task + "/reference.cpp", kReference));
    ASSERT_TRUE(write_file(task + "/seed.cpp", kSeed));
    std::string wrong = kSeed;
    wrong.replace(wrong.find("*= 2"), 4, "*= 3");
    ASSERT_TRUE(write_file(task + "/mutants/thrice.cpp", wrong));
    ASSERT_TRUE(write_file(task + "/README.md", "x becomes 2 x.\n"));
  }
  Outcome with_tasks(std::vector<std::string> words) {
    words.push_back("--tasks");
    words.push_back(folder_->path());
    return ridgeline(words);
  }
  std::unique_ptr<TempDir> folder_;
};

TEST_F(Cli, ListsTasks) {
  const Outcome o = with_tasks({"tasks"});
  EXPECT_EQ(o.status, 0) << o.err;
  EXPECT_THAT(o.out, HasSubstr("mine/scale"));
  EXPECT_THAT(o.out, HasSubstr("Scale a vector"));
  EXPECT_EQ(with_tasks({"tasks", "mine"}).status, 0);
  const Outcome none = with_tasks({"tasks", "mina"});
  EXPECT_EQ(none.status, 2);
  EXPECT_THAT(none.err, HasSubstr("did you mean \"mine\"?"));
}

TEST_F(Cli, ABrokenTaskHidesNoOther) {
  std::filesystem::create_directories(folder_->path() + "/mine/broken");
  ASSERT_TRUE(write_file(folder_->path() + "/mine/broken/task.toml", "format = 1\nnonsense = 2\n"));
  const Outcome o = with_tasks({"tasks"});
  EXPECT_EQ(o.status, 3);
  EXPECT_THAT(o.out, HasSubstr("mine/scale"));
  EXPECT_THAT(o.err, HasSubstr("error: "));
}

TEST_F(Cli, ShowsATask) {
  const Outcome o = with_tasks({"show", "mine/scale"});
  EXPECT_EQ(o.status, 0) << o.err;
  EXPECT_THAT(o.out, HasSubstr("x becomes 2 x."));
  EXPECT_THAT(o.out, HasSubstr("10 to 2000"));
  const Outcome json = with_tasks({"show", "mine/scale", "--json"});
  const auto j = nlohmann::json::parse(json.out, nullptr, false);
  ASSERT_FALSE(j.is_discarded());
  EXPECT_EQ(j["task"], "mine/scale");
}

TEST_F(Cli, UnknownTasksAreNamedWithTheNearest) {
  const Outcome o = with_tasks({"show", "mine/scael"});
  EXPECT_NE(o.status, 0);
  EXPECT_THAT(o.err, HasSubstr("error: "));
  EXPECT_THAT(o.err, HasSubstr("mine/scale"));
}

TEST(CliErrors, GoToTheErrorStreamAndAsJsonToTheOther) {
  const Outcome plain = ridgeline({"search", "x", "--polcy", "y"});
  EXPECT_EQ(plain.status, 2);
  EXPECT_EQ(plain.err, "error: --polcy: no such option; did you mean --policy?\n");
  EXPECT_THAT(plain.out, IsEmpty());
  const Outcome json = ridgeline({"search", "x", "--polcy", "y", "--json"});
  const auto j = nlohmann::json::parse(json.out, nullptr, false);
  ASSERT_FALSE(j.is_discarded());
  EXPECT_EQ(j["event"], "error");
  EXPECT_EQ(j["kind"], "usage");
}

TEST(CliErrors, ACandidateNeedsItsRun) {
  const Outcome o = ridgeline({"show", "c:0123"});
  EXPECT_EQ(o.status, 2);
  EXPECT_THAT(o.err, HasSubstr("--run"));
}

TEST(CliErrors, SetNeedsAFile) {
  const Outcome o = ridgeline({"check", "x", "--set", "A=1"});
  EXPECT_EQ(o.status, 2);
  EXPECT_THAT(o.err, HasSubstr("needs a FILE"));
}

TEST(CliErrors, AMissingRunIsNamed) {
  const Outcome o = ridgeline({"report", "no-such-run"});
  EXPECT_NE(o.status, 0);
  EXPECT_THAT(o.err, HasSubstr("no-such-run"));
}

TEST(CliErrors, NothingReachesTheTerminalUnescaped) {
  const Outcome o = ridgeline({"\x1b[2J"});
  EXPECT_EQ(o.status, 2);
  EXPECT_THAT(o.err, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace ridge
