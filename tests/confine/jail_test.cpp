// Every layer has a test that fails when the layer is taken away. Where the system does not offer a layer, probe_layers
// must say so.
#include <filesystem>

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/paths.h"
#include "base/text.h"
#include "confine/confine.h"
#include "workshop.h"

namespace ridge {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class Jail : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(std::filesystem::create_directory(folder.path() + "/job")); }

  ProcessResult run(std::vector<std::string> program, double cpu_seconds = 20, std::uint64_t bytes = 1ull << 30) {
    std::vector<std::string> argv = {
        worker_path(), "jail", folder.path(), fmt::format("{}", cpu_seconds), fmt::format("{}", bytes), "--"};
    argv.insert(argv.end(), program.begin(), program.end());
    ProcessSpec spec;
    spec.argv = argv;
    auto r = run_process(spec);
    EXPECT_TRUE(r) << r.error().message;
    return r ? *r : ProcessResult{};
  }
  ProcessResult shell(const std::string& script, double cpu_seconds = 20, std::uint64_t bytes = 1ull << 30) {
    return run({"/bin/sh", "-c", script}, cpu_seconds, bytes);
  }

  TempDir folder = *TempDir::make("jail");
};

bool namespaces() {
  return probe_layers().user_namespace;
}

TEST_F(Jail, LayersAreEitherPresentOrSaidToBeMissing) {
  const Layers& l = probe_layers();
  EXPECT_EQ(l.missing().size(), std::size_t(!l.user_namespace) + (l.landlock_abi == 0) + !l.seccomp);
  EXPECT_EQ(l.present().size(), 2 + std::size_t(l.user_namespace) + (l.landlock_abi != 0) + l.seccomp);
  EXPECT_THAT(l.present(), Contains("resource limits"));
  if (!l.user_namespace) {
    EXPECT_THAT(l.missing(), Contains(HasSubstr("user namespaces")));
  }
  if (!l.seccomp) {
    EXPECT_THAT(l.missing(), Contains(HasSubstr("seccomp")));
  }
}

// A linker behind a compiler: in the same jail, and only when there is something to link.
TEST_F(Jail, ASecondProgramFollowsTheFirstIfThatSucceeded) {
  const auto both = [&](const std::string& first, const std::string& second) {
    return run({"/bin/sh", "-c", first, "--then", "/bin/sh", "-c", second});
  };
  const ProcessResult good = both("echo one > file", "cat file; exit 3");
  EXPECT_EQ(good.exit_code, 3);
  EXPECT_EQ(good.output, "one\n");
  const ProcessResult bad = both("exit 4", "echo never");
  EXPECT_EQ(bad.exit_code, 4);
  EXPECT_EQ(bad.output, "");
  EXPECT_EQ(both("kill -9 $$", "echo never").exit_code, 128 + 9);
  EXPECT_THAT(both("true", "cat /etc/passwd").output, Not(HasSubstr("root:")));
}

TEST_F(Jail, AThirdStandsInForASecondThatFailed) {
  const auto all = [&](const std::string& first, const std::string& second, const std::string& third) {
    return run({"/bin/sh", "-c", first, "--then", "/bin/sh", "-c", second, "--else", "/bin/sh", "-c", third});
  };
  const ProcessResult good = all("true", "echo two > file; echo said", "echo never > file; exit 1");
  EXPECT_EQ(good.exit_code, 0);
  EXPECT_EQ(shell("cat file").output, "two\n");
  const ProcessResult failed = all("true", "echo nobody asked; echo at all >&2; exit 5", "echo three; exit 6");
  EXPECT_EQ(failed.exit_code, 6);
  EXPECT_EQ(failed.output, "three\n");
  EXPECT_EQ(all("exit 4", "true", "echo never").exit_code, 4);
}

TEST_F(Jail, TheProgramsEndIsItsOwn) {
  EXPECT_EQ(shell("exit 7").exit_code, 7);
  EXPECT_EQ(run({"/usr/bin/no-such-program"}).exit_code, 125);
}

TEST_F(Jail, OnlyTheToolchainAndItsFolderAreThere) {
  if (!namespaces()) GTEST_SKIP() << probe_layers().missing().front();
  // Landlock does not let anybody list the root, so each is asked for.
  const auto said = shell(
      "for f in home root proc sys var run opt etc/passwd usr/bin/g++ dev/null job; do [ -e /$f ] && echo /$f; done; "
      "cat /etc/passwd");
  EXPECT_THAT(split_lines(said.output),
              testing::ElementsAre("/usr/bin/g++", "/dev/null", "/job", HasSubstr("No such file")));
}

TEST_F(Jail, WithoutNamespacesOrWithFilesOutsideCannotBeRead) {
  if (!namespaces() && probe_layers().landlock_abi == 0)
    GTEST_SKIP() << "no layer hides files here, and probe_layers says so";
  EXPECT_NE(shell("cat /etc/passwd").exit_code, 0);
  EXPECT_THAT(shell("cat /etc/passwd").output, Not(HasSubstr("root:")));
}

TEST_F(Jail, NothingButItsFolderCanBeWritten) {
  EXPECT_EQ(shell("echo yes > here && cat here").output, "yes\n");
  EXPECT_TRUE(std::filesystem::exists(folder.path() + "/job/here"));
  if (!namespaces() && probe_layers().landlock_abi == 0) GTEST_SKIP() << "no layer protects files here";
  EXPECT_NE(shell("echo no > /usr/bin/ridgeline-was-here").exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists("/usr/bin/ridgeline-was-here"));
}

TEST_F(Jail, ThereIsNoNetwork) {
  if (!namespaces()) GTEST_SKIP() << probe_layers().missing().front();
  // Even the loopback interface is down, so nothing can be reached; bash opens sockets without further programs.
  const auto said = run({"/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9 && echo open"});
  EXPECT_NE(said.exit_code, 0);
  EXPECT_THAT(said.output, testing::AnyOf(HasSubstr("unreachable"), HasSubstr("not permitted")));
}

TEST_F(Jail, TheEnvironmentIsEmpty) {
  setenv("RIDGELINE_TEST_SECRET", "secret", 1);
  const auto said = run({"/usr/bin/env"});
  EXPECT_THAT(said.output, Not(HasSubstr("secret")));
  EXPECT_THAT(split_lines(said.output), testing::UnorderedElementsAre("PATH=/usr/bin:/bin", "LC_ALL=C", "TMPDIR=."));
}

TEST_F(Jail, OtherProcessesCannotBeSeenOrSignalled) {
  if (!namespaces()) GTEST_SKIP() << probe_layers().missing().front();
  const auto said = shell(fmt::format("echo me $$; kill -0 {}", getpid()));
  EXPECT_THAT(said.output, HasSubstr("me 1\n"));
  EXPECT_NE(said.exit_code, 0);
}

TEST_F(Jail, ProcessesLeftBehindEndWithIt) {
  if (!namespaces()) GTEST_SKIP() << probe_layers().missing().front();
  // The pipe closes when its last writer has ended, so run_process returns early only if the sleeper is gone.
  const auto said = shell("sleep 600 & exit 3");
  EXPECT_EQ(said.exit_code, 3);
  EXPECT_FALSE(said.timed_out);
}

TEST_F(Jail, LimitsHold) {
  EXPECT_NE(shell("while :; do :; done", 0).exit_code, 0);
  EXPECT_THAT(shell("ulimit -v; ulimit -c; ulimit -f", 20, 1ull << 30).output, testing::StartsWith("1048576\n0\n"));
  EXPECT_NE(run({"/usr/bin/python3", "-c", "x = bytearray(1 << 30)"}, 20, 256ull << 20).exit_code, 0);
}

}  // namespace
}  // namespace ridge
