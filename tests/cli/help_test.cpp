#include "cli/help.h"

#include <filesystem>
#include <sstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "base/subprocess.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/commands.h"

namespace ridge {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

std::vector<std::string> offered(const std::vector<std::string>& words) {
  std::vector<std::string> out;
  for (const std::string& line : completions(words)) out.push_back(line.substr(0, line.find('\t')));
  return out;
}

TEST(Completion, OffersEveryCommandAndEveryOptionOfIt) {
  for (const CommandHelp& c : command_helps()) {
    EXPECT_THAT(offered({c.name.substr(0, 2)}), Contains(c.name));
    for (const OptionHelp& o : c.options) EXPECT_THAT(offered({c.name, o.name.substr(0, 3)}), Contains(o.name));
  }
  EXPECT_THAT(offered({""}), Contains("search"));
  EXPECT_THAT(offered({}), Contains("--version"));
  EXPECT_THAT(offered({"no-such-command", ""}), IsEmpty());
}

TEST(Completion, OffersValues) {
  EXPECT_THAT(offered({"search", "x", "--policy", ""}), Contains("one-plus-one"));
  EXPECT_THAT(offered({"search", "x", "--policy=one"}), Contains("--policy=one-plus-one"));
  EXPECT_THAT(offered({"search", "x", "--policy", "=", "one"}), Contains("one-plus-one"));  // as bash splits it
  EXPECT_THAT(offered({"search", "x", "--policy", "="}), Contains("one-plus-one"));
  EXPECT_THAT(offered({"search", "--device", "nu"}), Contains(StartsWith("null")));
  EXPECT_THAT(offered({"search", "meta"}), Contains("metal-sci/nbody"));
  EXPECT_THAT(offered({"search", "x"}), Contains(":folders"));
  EXPECT_THAT(offered({"search", "--budget", ""}), IsEmpty());
  EXPECT_THAT(offered({"check", "--set", "A=1", "metal-sci/nbody", ""}), testing::ElementsAre(":files"));
  EXPECT_THAT(offered({"check", "--suite", "bl"}), testing::ElementsAre("blas"));
  EXPECT_THAT(offered({"report", "la"}), Contains("last"));
  EXPECT_THAT(offered({"diff", "seed", "wi"}), Contains("winner"));
  EXPECT_THAT(offered({"completion", ""}), testing::ElementsAre("bash", "zsh", "fish"));
  EXPECT_THAT(offered({"tasks", "--tasks", "/no-such-folder", ""}), IsEmpty());
}

TEST(Completion, BashTakesTheScript) {
  if (!std::filesystem::exists("/bin/bash")) GTEST_SKIP() << "no bash here";
  std::ostringstream out, err;
  Terminal terminal{out, err};
  ASSERT_EQ(run_cli({"completion", "bash"}, terminal), 0);
  auto folder = TempDir::make("completion");
  ASSERT_TRUE(folder);
  // A program that answers like ours, so that the script is tested by itself.
  ASSERT_TRUE(write_file(folder->path() + "/ridgeline",
                         "#!/bin/sh\n[ \"$1 $2\" = \"__complete sea\" ] && printf 'search\\tlook for it\\n'\n"));
  std::filesystem::permissions(folder->path() + "/ridgeline", std::filesystem::perms::owner_all);
  ASSERT_TRUE(write_file(folder->path() + "/try.sh",
                         out.str() + "COMP_WORDS=(" + folder->path() +
                             "/ridgeline sea)\nCOMP_CWORD=1\n_ridgeline\nprintf '%s' \"${COMPREPLY[*]}\" > " +
                             folder->path() + "/answer\n"));
  ASSERT_EQ(std::system(("/bin/bash " + folder->path() + "/try.sh").c_str()), 0);
  EXPECT_EQ(read_file(folder->path() + "/answer").value_or("none"), "search");
}

TEST(Completion, AnUnknownShellIsNamed) {
  std::ostringstream out, err;
  Terminal terminal{out, err};
  EXPECT_EQ(run_cli({"completion", "bsh"}, terminal), 2);
  EXPECT_THAT(err.str(), HasSubstr("did you mean \"bash\"?"));
}

TEST(Manual, HoldsEveryCommandAndOption) {
  const std::string page = manual_page();
  EXPECT_THAT(page, StartsWith(".TH RIDGELINE 1"));
  for (const CommandHelp& c : command_helps()) {
    EXPECT_THAT(page, HasSubstr("ridgeline " + c.name));
    for (const OptionHelp& o : c.options) {
      std::string escaped;
      for (const char x : o.name) escaped += x == '-' ? std::string("\\-") : std::string(1, x);
      EXPECT_THAT(page, HasSubstr(escaped));
    }
  }
  // No line is an unknown request: each that begins with a dot is one of those we use.
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);)
    if (!line.empty() && (line[0] == '.' || line[0] == '\'')) {
      EXPECT_THAT(line, testing::ContainsRegex("^\\.(TH|SH|SS|TP|PP|EX|EE|B|I)( |$)"));
    }
  EXPECT_THAT(page, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace ridge
