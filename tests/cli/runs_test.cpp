// Commands over run folders: runs, diff. The runs are made up; no kernel is built.
#include <filesystem>
#include <sstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/subprocess.h"
#include "base/text.h"
#include "cli/program.h"
#include "report/made_up_run.h"
#include "store/store.h"

namespace ridge {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

// A working folder of its own, because runs lie in ./runs.
class Runs : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempDir::make("runs");
    ASSERT_TRUE(folder);
    folder_ = std::make_unique<TempDir>(std::move(*folder));
    before_ = fs::current_path();
    fs::current_path(folder_->path());
  }
  void TearDown() override { fs::current_path(before_); }

  std::unique_ptr<Store> keep(const std::string& folder, const made_up::Settings& settings) {
    auto store = Store::create(folder);
    EXPECT_TRUE(store);
    for (const Event& e : made_up::events(settings)) {
      const auto kept = (*store)->append(e);
      EXPECT_TRUE(kept) << kept.error().message;
    }
    return std::move(*store);
  }
  static made_up::Settings settings(int evaluations, bool finished = true, bool certified = true) {
    made_up::Settings s;
    s.evaluations = evaluations;
    s.finished = finished;
    s.certified = certified;
    return s;
  }
  std::map<std::string, Json> listed() {
    std::map<std::string, Json> out;
    std::istringstream lines(ridgeline({"runs", "--json"}).out);
    for (std::string line; std::getline(lines, line);) {
      const Json j = Json::parse(line);
      out[j["run"].get<std::string>()] = j;
    }
    return out;
  }
  std::unique_ptr<TempDir> folder_;
  fs::path before_;
};

TEST_F(Runs, TellsStatesAndSizes) {
  keep("runs/done", settings(60));
  keep("runs/killed", settings(40, false));
  const auto writing = keep("runs/writing", settings(30, false));
  const auto runs = listed();
  ASSERT_EQ(runs.size(), 3u);
  EXPECT_EQ(runs.at("runs/done")["state"], "finished");
  EXPECT_EQ(runs.at("runs/done")["evaluations"], 60);
  EXPECT_EQ(runs.at("runs/done")["task"], "metal-sci/nbody");
  EXPECT_NEAR(runs.at("runs/done")["summary"]["certified"]["speedup"]["estimate"], 9.84, 1e-9);
  EXPECT_FALSE(runs.at("runs/done")["resumable"]);
  EXPECT_EQ(runs.at("runs/killed")["state"], "interrupted");
  EXPECT_TRUE(runs.at("runs/killed")["resumable"]);
  EXPECT_EQ(runs.at("runs/writing")["state"], "running");
  // SQLite keeps small files beside the database while somebody reads it, so the sum is known within limits only.
  std::uintmax_t all = 0;
  for (const auto& file : fs::directory_iterator("runs/done")) all += file.file_size();
  EXPECT_GE(runs.at("runs/done")["bytes"], fs::file_size("runs/done/run.db"));
  EXPECT_LE(runs.at("runs/done")["bytes"], all);
  const Outcome o = ridgeline({"runs"});
  EXPECT_EQ(o.status, 0);
  EXPECT_THAT(o.out, HasSubstr("9.84× [9.71, 9.97]"));
  EXPECT_THAT(o.out, HasSubstr("interrupted, resumable"));
  EXPECT_THAT(o.out, HasSubstr("3 runs, "));
}

TEST_F(Runs, BrokenFoldersHideNoOther) {
  keep("runs/done", settings(20));
  fs::create_directories("runs/garbage");
  ASSERT_TRUE(write_file("runs/garbage/run.db", std::string(5000, 'x')));
  fs::create_directories("runs/empty");
  ASSERT_TRUE(write_file("runs/empty/run.db", ""));
  fs::create_directories("runs/locked-only");
  ASSERT_TRUE(write_file("runs/locked-only/run.lock", "1\n"));
  fs::create_directories("runs/cut");
  fs::copy_file("runs/done/run.db", "runs/cut/run.db");
  fs::resize_file("runs/cut/run.db", fs::file_size("runs/cut/run.db") / 2);
  fs::create_directories("runs/not-a-run");
  ASSERT_TRUE(write_file("runs/file", "x"));
  fs::create_directory_symlink("..", "runs/done/loop");
  const auto runs = listed();
  EXPECT_EQ(runs.size(), 5u);
  for (const char* name : {"garbage", "empty", "locked-only", "cut"}) {
    const Json& j = runs.at(std::string("runs/") + name);
    EXPECT_EQ(j["state"], "broken") << name;
    EXPECT_FALSE(j["resumable"]);
    EXPECT_THAT(j["fault"].get<std::string>(), Not(testing::IsEmpty()));
  }
  EXPECT_EQ(runs.at("runs/done")["state"], "finished");
  EXPECT_EQ(ridgeline({"runs"}).status, 0);
}

TEST_F(Runs, NoneIsNoFault) {
  const Outcome o = ridgeline({"runs"});
  EXPECT_EQ(o.status, 0);
  EXPECT_THAT(o.out, HasSubstr("no runs in ./runs yet"));
  EXPECT_EQ(ridgeline({"runs", "--json"}).out, "");
}

TEST_F(Runs, DiffOfCandidatesShowsTheDuelBetweenThem) {
  keep("runs/done", settings(60));
  const Outcome o = ridgeline({"diff", "seed", "winner"});
  EXPECT_EQ(o.status, 0) << o.err;
  EXPECT_THAT(o.out, HasSubstr("B is faster: 9.84×"));
  EXPECT_THAT(o.out, HasSubstr("+ static void split("));
  EXPECT_THAT(o.out, HasSubstr("WIDE"));
  const Outcome turned = ridgeline({"diff", "winner", "seed", "--run", "done", "--json"});
  ASSERT_EQ(turned.status, 0) << turned.err;
  const Json j = Json::parse(turned.out);
  EXPECT_NEAR(j["duel"]["b_over_a"]["estimate"], 1 / 9.84, 1e-6);
  EXPECT_LT(j["duel"]["b_over_a"]["lower"], j["duel"]["b_over_a"]["upper"]);
  EXPECT_EQ(j["duel"]["says"], "B is slower");
}

TEST_F(Runs, WithoutADuelNothingIsClaimed) {
  keep("runs/one", settings(60));
  const Outcome o = ridgeline({"diff", "one:c:0000000000000002", "one:c:0000000000000003"});
  EXPECT_EQ(o.status, 0) << o.err;
  EXPECT_THAT(o.out, HasSubstr("no claim"));
  EXPECT_THAT(o.out, Not(HasSubstr("is faster")));
  EXPECT_TRUE(Json::parse(ridgeline({"diff", "one:c:0000000000000002", "one:c:0000000000000003", "--json"}).out)["duel"]
                  .is_null());
}

TEST_F(Runs, DiffOfRuns) {
  keep("runs/one", settings(60));
  keep("runs/two", settings(40, true, false));
  const Outcome o = ridgeline({"diff", "one", "two"});
  EXPECT_EQ(o.status, 0) << o.err;
  EXPECT_THAT(o.out, HasSubstr("9.84× [9.71, 9.97]"));
  EXPECT_THAT(o.out, HasSubstr("none"));
  EXPECT_THAT(o.out, HasSubstr("environment: the same"));
  const Json j = Json::parse(ridgeline({"diff", "one", "two", "--json"}).out);
  EXPECT_EQ(j["kind"], "runs");
  EXPECT_EQ(j["facts"]["judged"]["a"], "60");
  EXPECT_EQ(j["facts"]["judged"]["same"], false);
}

TEST_F(Runs, DiffSaysWhatItCannotCompare) {
  keep("runs/one", settings(60));
  EXPECT_EQ(ridgeline({"diff", "one"}).status, 2);
  EXPECT_THAT(ridgeline({"diff", "one", "seed"}).err, HasSubstr("two of a kind"));
  EXPECT_THAT(ridgeline({"diff", "noe", "one"}).err, HasSubstr("did you mean \"one\"?"));
  EXPECT_THAT(ridgeline({"diff", "one:c:ffff", "seed"}).err, HasSubstr("no such candidate"));
}

TEST_F(Runs, HostileTextsReachNoTerminal) {
  auto hostile = settings(60);
  hostile.hostile = true;
  keep("runs/bad", hostile);
  for (const auto& words : {std::vector<std::string>{"runs"}, {"diff", "seed", "winner"}, {"diff", "bad", "bad"}}) {
    const Outcome o = ridgeline(words);
    EXPECT_EQ(o.status, 0) << o.err;
    EXPECT_THAT(o.out, Not(HasSubstr("\x1b")));
  }
}

}  // namespace
}  // namespace ridge
