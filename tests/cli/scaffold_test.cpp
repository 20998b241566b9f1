// new: what it makes is a task that works as it is.
#include <filesystem>
#include <sstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "base/subprocess.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "cli/program.h"

namespace ridge {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class New : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempDir::make("new");
    ASSERT_TRUE(folder);
    folder_ = std::make_unique<TempDir>(std::move(*folder));
    setenv("RIDGELINE_WORKER", RIDGELINE_TEST_WORKER, 1);
    setenv("RIDGELINE_ROOT", RIDGELINE_TEST_ROOT, 1);
    setenv("XDG_CACHE_HOME", RIDGELINE_TEST_CACHE, 1);
  }
  std::string path(const std::string& name) const { return folder_->path() + "/" + name; }
  std::unique_ptr<TempDir> folder_;
};

TEST_F(New, MakesATaskThatPassesItsOwnCheckAndCanBeSearched) {
  const Outcome made = ridgeline({"new", path("mine/scale/")});
  ASSERT_EQ(made.status, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr("ridgeline check " + path("mine/scale")));
  for (const char* file : {"task.toml", "reference.cpp", "seed.cpp", "template.cpp", "README.md"}) {
    const auto text = read_file(path("mine/scale/") + file);
    ASSERT_TRUE(text) << file;
    EXPECT_THAT(*text, testing::Not(HasSubstr("@NAME@")));
    EXPECT_THAT(*text, testing::Not(HasSubstr("@FOLDER@")));
  }
  const Outcome checked = ridgeline({"check", path("mine/scale")});
  EXPECT_EQ(checked.status, 0) << checked.out << checked.err;
  EXPECT_THAT(checked.out, HasSubstr("1 of 1 mutants noticed"));
  // What the search finds depends on the machine; that it takes the task and ends well does not.
  const Outcome searched =
      ridgeline({"search", path("mine/scale"), "--evaluations", "3", "--budget", "6s", "--run", path("run"), "--json"});
  EXPECT_EQ(searched.status, 0) << searched.err;
  EXPECT_THAT(searched.out, HasSubstr("\"event\":\"summary\""));
  EXPECT_TRUE(fs::exists(path("run/report.html")));
}

TEST_F(New, OverwritesNothing) {
  fs::create_directories(path("there"));
  ASSERT_TRUE(write_file(path("there/task.toml"), "mine"));
  const Outcome o = ridgeline({"new", path("there")});
  EXPECT_EQ(o.status, 2);
  EXPECT_THAT(o.err, HasSubstr("is there already"));
  EXPECT_EQ(read_file(path("there/task.toml")).value_or(""), "mine");
  EXPECT_FALSE(fs::exists(path("there/seed.cpp")));
  fs::create_symlink("nowhere", path("dangling"));
  EXPECT_EQ(ridgeline({"new", path("dangling")}).status, 2);
}

TEST_F(New, NamesArePlain) {
  for (const char* name : {"a b", "a\"b", "*/", "-x", ".."})
    EXPECT_EQ(ridgeline({"new", path(name)}).status, 2) << name;
}

}  // namespace
}  // namespace ridge
