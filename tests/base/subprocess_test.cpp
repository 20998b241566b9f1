#include "base/subprocess.h"

#include <csignal>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace ridge {
namespace {

using ::testing::HasSubstr;

ProcessResult shell(const std::string& script, double limit = 20, std::size_t output_limit = 1 << 20) {
  ProcessSpec spec;
  spec.argv = {"sh", "-c", script};
  spec.time_limit_s = limit;
  spec.output_limit = output_limit;
  return run_process(spec).value();
}

TEST(Process, CollectsBothStreamsAndTheStatus) {
  const auto r = shell("echo out; echo err >&2; exit 3");
  EXPECT_EQ(r.exit_code, 3);
  EXPECT_EQ(r.output, "out\nerr\n");
  EXPECT_FALSE(r.timed_out);
  EXPECT_EQ(r.signal, 0);
}

TEST(Process, ReportsSignals) {
  const auto r = shell("kill -SEGV $$");
  EXPECT_EQ(r.signal, SIGSEGV);
  EXPECT_EQ(r.exit_code, -1);
}

TEST(Process, ProcessorTimeIsThatOfTheProgramAndItsChildren) {
  const std::string busy = "i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done";
  EXPECT_GT(shell(busy).cpu_seconds, 0);
  EXPECT_GT(shell("sh -c '" + busy + "'; true").cpu_seconds, 0);
}

TEST(Process, KillsTheGroupAtTheLimit) {
  const auto r = shell("echo start; sleep 100 & sleep 100", 0.2);
  EXPECT_TRUE(r.timed_out);
  EXPECT_EQ(r.exit_code, -1);
  EXPECT_EQ(r.output, "start\n");
  EXPECT_LT(r.seconds, 10);
}

TEST(Process, AFloodOfOutputCannotOutrunTheLimit) {
  const auto r = shell("while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done", 0.3, 1000);
  EXPECT_TRUE(r.timed_out);
  EXPECT_EQ(r.output.size(), 1000u);
}

TEST(Process, DoesNotWaitForDescendantsThatHoldThePipe) {
  const auto r = shell("sleep 100 & echo done");
  EXPECT_EQ(r.exit_code, 0);
  EXPECT_EQ(r.output, "done\n");
  EXPECT_LT(r.seconds, 10);
}

TEST(Process, KeepsEverythingWrittenBeforeTheEnd) {
  const auto r =
      shell("i=0; while [ $i -lt 2000 ]; do echo 0123456789012345678901234567890123456789012345678; i=$((i+1)); done");
  EXPECT_EQ(r.output.size(), 100000u);
}

TEST(Process, FolderEnvironmentAndStdin) {
  const auto folder = TempDir::make("cwd").value();
  ProcessSpec spec;
  spec.argv = {"sh", "-c", "pwd; echo $RIDGE_A $HOME; cat; ls /proc/self/fd | wc -l"};
  spec.folder = folder.path();
  spec.environment = {"RIDGE_A=one two", "HOME=/nowhere"};
  const auto r = run_process(spec).value();
  EXPECT_THAT(r.output, HasSubstr(folder.path() + "\none two /nowhere\n"));
}

TEST(Process, WhatCannotStartIsTheWorldsFault) {
  ProcessSpec spec;
  EXPECT_FALSE(run_process(spec));
  spec.argv = {"no-such-program-of-ours"};
  EXPECT_THAT(run_process(spec).error().message, HasSubstr("no such program"));
  spec.argv = {"sh"};
  spec.folder = "/no/such/folder";
  EXPECT_THAT(run_process(spec).error().message, HasSubstr("/no/such/folder"));
  EXPECT_TRUE(find_program("sh").starts_with("/"));
  EXPECT_EQ(find_program("/etc"), "");
  EXPECT_EQ(find_program(""), "");
}

TEST(TempDir, GoesWithEverythingInIt) {
  namespace fs = std::filesystem;
  std::string path;
  {
    auto folder = TempDir::make("../odd name").value();
    path = folder.path();
    EXPECT_TRUE(fs::is_directory(path));
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
    fs::create_directories(path + "/locked/inner");
    ASSERT_TRUE(write_file(path + "/locked/inner/f", "x"));
    fs::permissions(path + "/locked/inner", fs::perms::none);
    TempDir moved = std::move(folder);
    EXPECT_EQ(moved.path(), path);
    moved = TempDir::make("second").value();
    EXPECT_FALSE(fs::exists(path));
    path = moved.path();
  }
  EXPECT_FALSE(fs::exists(path));
}

}  // namespace
}  // namespace ridge
