// A lane's own rules, with plans made by hand: what the evaluator's table shows from outside, number by number.
#include "device/cpu/lane.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/paths.h"
#include "confine/confine.h"
#include "device/cpu/internal/processors.h"
#include "device/cpu/internal/protocol.h"
#include "plans.h"
#include "workshop.h"

namespace ridge::cpu {
namespace {

using testing::HasSubstr;
using namespace plans;

const std::vector<KernelSignature> lane_kernel = {
    {"k", {pointer(ScalarType::f32), pointer(ScalarType::f32), value(ScalarType::i32)}}};

struct Opened {
  Binary binary;
  std::unique_ptr<Lane> lane;

  explicit Opened(const std::string& body, const std::string& head = "", int workers = 1,
                  std::uint64_t memory_limit = 2ull << 30) {
    binary = sure(
        workshop::device().compile(job(head + "\nextern \"C\" void k(float* x, float* y, int n) {\n" + body + "\n}\n",
                                       lane_kernel, {"-O1", "-fopenmp"})));
    LaneSpec spec;
    spec.binary = &binary;
    spec.workers = workers;
    spec.memory_limit = memory_limit;
    spec.arena_bytes = 4 << 20;
    lane = sure(workshop::device().open(spec));
  }
  // x and y of n elements, `k(x, y, n)` once per launch.
  void allot(std::uint64_t n, std::uint32_t sets = 1, std::vector<std::uint32_t> teams = {0}) {
    std::vector<ResolvedStep> steps;
    for (const std::uint32_t team : teams) {
      steps.push_back(launch(0, {buffer(0), buffer(1), integer(std::int64_t(n))}));
      steps.back().workers = team;
    }
    sure(lane->allot(plan({storage("x", n), storage("y", n)}, lane_kernel, steps), sets));
    for (std::uint32_t s = 0; s < sets; ++s) {
      put(*lane, s, 0, std::vector<float>(n, 1));
      put(*lane, s, 1, std::vector<float>(n, 0));
    }
  }
};

// Canary bytes are random: a stray write is seen exactly where it changes a bit, so bytes are flipped, not set.
TEST(LaneBounds, EveryByteBesideABufferIsWatchedAndItsPlaceTold) {
  for (const auto& [at, text] : {std::pair{"((char*)(y + n))[0]", "storage 1: written 1 byte(s) behind its end"},
                                 {"((char*)(y + n))[99]", "storage 1: written 100 byte(s) behind its end"},
                                 {"((char*)y)[-1]", "storage 1: written 1 byte(s) before its beginning"},
                                 {"((char*)x)[-64]", "storage 0: written 64 byte(s) before its beginning"},
                                 {"((char*)(x + n))[0]", "storage 0: written 1 byte(s) behind its end"}}) {
    for (const std::uint64_t n : {1ull, 7ull, 1000ull, 1024ull}) {
      Opened o(std::string(at) + " ^= 1;");
      o.allot(n);
      sure(o.lane->run(0, 1, 30));
      const Fault f = fault_of(o.lane->inspect(0));
      EXPECT_EQ(outcome(f), "wrong_result bounds") << at;
      EXPECT_EQ(f.text, text) << n;
    }
  }
}

TEST(LaneBounds, OnlyTheSetThatWasOverrunIsBlamed) {
  Opened o("if (x[0] == 2) ((char*)(y + n))[0] ^= 1;");
  o.allot(100, 3);
  put(*o.lane, 1, 0, std::vector<float>(100, 2));
  sure(o.lane->run(0, 3, 30));
  sure(o.lane->inspect(0));
  EXPECT_EQ(outcome(fault_of(o.lane->inspect(1))), "wrong_result bounds");
  sure(o.lane->inspect(2));
}

TEST(LaneBounds, BuffersAreAlignedAndPlacedAlikeInEverySetAndProcess) {
  std::vector<std::vector<float>> seen;
  for (int process = 0; process < 2; ++process) {
    Opened o(
        "y[0] = float((unsigned long)x % 4096); y[1] = float((unsigned long)y % 4096); y[2] = float((unsigned long)x % "
        "64 + "
        "(unsigned long)y % 64);");
    o.allot(100, 3);
    sure(o.lane->run(0, 3, 30));
    for (std::uint32_t s = 0; s < 3; ++s) seen.push_back(get(*o.lane, s, 1, 100));
  }
  for (const auto& place : seen) {
    EXPECT_EQ(place, seen[0]);
    EXPECT_EQ(place[2], 0);
  }
}

TEST(LaneLimits, MemoryOfItsOwnIsWatched) {
  Opened o(
      "for (;;) { volatile char* p = (volatile char*)malloc(1 << 20); for (int i = 0; i < 1 << 20; i += 4096) p[i] = "
      "1; }",
      "#include <stdlib.h>", 1, 64ull << 20);
  o.allot(1);
  const Fault f = fault_of(o.lane->run(0, 1, 60));
  EXPECT_EQ(outcome(f), "crashed memory_limit") << f.text;
  EXPECT_THAT(f.text, HasSubstr("64 MiB are allowed"));
}

TEST(LaneLimits, AllocatingWithinTheLimitIsAllowed) {
  Opened o(
      "char* p = (char*)malloc(16 << 20); for (int i = 0; i < 16 << 20; i += 4096) p[i] = 1; y[0] = p[4096]; free(p);",
      "#include <stdlib.h>", 1, 64ull << 20);
  o.allot(1);
  for (int i = 0; i < 10; ++i) sure(o.lane->run(0, 1, 60));
  EXPECT_EQ(get(*o.lane, 0, 1, 1)[0], 1);
}

TEST(LaneLimits, TimeIsTheParents) {
  Opened o("for (volatile int i = 0;; i = i + 1) {}");
  o.allot(1);
  EXPECT_EQ(outcome(fault_of(o.lane->run(0, 1, 0.05))), "timed_out time_limit");
  EXPECT_EQ(fault_of(o.lane->run(0, 1, 0.05)).verdict, Verdict::crashed)
      << "its process is gone, and asking again says so";
}

TEST(LaneOutput, WhatIsPrintedIsKeptAndCut) {
  Opened quiet("printf(\"hello %d\\n\", n); fflush(stdout);", "#include <stdio.h>");
  quiet.allot(3);
  sure(quiet.lane->run(0, 1, 30));
  bool cut = true;
  EXPECT_EQ(quiet.lane->output(cut), "hello 3\n");
  EXPECT_FALSE(cut);

  Opened loud("for (int i = 0; i < 100000; ++i) printf(\"hello %d\\n\", i);", "#include <stdio.h>");
  loud.allot(1);
  sure(loud.lane->run(0, 1, 60));
  const std::string text = loud.lane->output(cut);
  EXPECT_TRUE(cut);
  EXPECT_LE(text.size(), 64u << 10);
  EXPECT_TRUE(text.starts_with("hello 0\nhello 1\n"));
}

#if defined(__x86_64__)
TEST(LaneState, TheFloatingPointModeIsRestoredBeforeEveryRun) {
  Opened o(
      "y[0] = float(__builtin_ia32_stmxcsr() & 0xE040); __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0xE040);");
  o.allot(1);
  for (int i = 0; i < 3; ++i) {
    put(*o.lane, 0, 1, {7});
    sure(o.lane->run(0, 1, 30));
    EXPECT_EQ(get(*o.lane, 0, 1, 1)[0], 0) << i;
  }
}
#endif

TEST(LaneState, NothingChangesBetweenTheStampAndTheComparison) {
  // Says "done" first and computes afterwards; the doorbell lies at a fixed distance before the first buffer.
  Opened o(fmt::format("char* c = (char*)((unsigned long)x / 4096 * 4096) - 4096 - {}ul - 4096;\n"
                       "__atomic_store_n((unsigned*)(c + {}), *(unsigned*)(c + {}) * 4 + 1, __ATOMIC_SEQ_CST);\n"
                       "syscall(SYS_futex, c + {}, 1, 1 << 30, 0, 0, 0);\n"
                       "timespec t{{0, 200000000}};\nnanosleep(&t, nullptr);\ny[0] = 1;",
                       program_bytes, offsetof(Control, answer), offsetof(Control, go), offsetof(Control, answer)),
           "#include <unistd.h>\n#include <sys/syscall.h>\n#include <time.h>");
  o.allot(1);
  sure(o.lane->run(0, 1, 30));
  EXPECT_EQ(get(*o.lane, 0, 1, 1)[0], 0) << "compared as it stood when it said so";
  sure(o.lane->idle_check());
  EXPECT_EQ(get(*o.lane, 0, 1, 1)[0], 1) << "it went on later";
}

// On one processor with whoever holds the watch, a call of a microsecond takes a scheduler's tick: where there is one
// to spare it is the parent's, and only while a lane runs.
TEST(LaneTeam, StandsBesideTheParent) {
  if (!processors().split) GTEST_SKIP() << "one processor";
  cpu_set_t before, after;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  Opened o("y[0] = float(sched_getcpu());", "#include <sched.h>");
  o.allot(1);
  for (int i = 0; i < 20; ++i) {
    sure(o.lane->run(0, 1, 30));
    const int where = int(get(*o.lane, 0, 1, 1)[0]);
    EXPECT_TRUE(CPU_ISSET(where, &processors().kernels)) << where;
    EXPECT_FALSE(CPU_ISSET(where, &processors().watch)) << where;
  }
  ASSERT_EQ(sched_getaffinity(0, sizeof after, &after), 0);
  EXPECT_TRUE(CPU_EQUAL(&before, &after)) << "compilers may use all of them again";
}

TEST(LaneTeam, ItHasTheThreadsThatWereAskedFor) {
  for (const int workers : {1, 2, 4}) {
    Opened o("\n#pragma omp parallel\n  if (omp_get_thread_num() == 0) y[0] = float(omp_get_num_threads());",
             "#include <omp.h>", workers);
    o.allot(1);
    for (int i = 0; i < 3; ++i) {
      sure(o.lane->run(0, 1, 30));
      EXPECT_EQ(get(*o.lane, 0, 1, 1)[0], float(workers));
      sure(o.lane->idle_check());
    }
  }
}

// libgomp ends the threads that a smaller team leaves over, and a sealed process makes no new ones: plans with other
// teams get a process of their own, and one plan has one team.
TEST(LaneTeam, EveryPlanHasItsOwnTeam) {
  Opened o("\n#pragma omp parallel\n  if (omp_get_thread_num() == 0) y[int(x[0]++)] = float(omp_get_num_threads());",
           "#include <omp.h>", 4);
  const auto teams = [&](std::vector<std::uint32_t> asked) {
    o.allot(4, 1, asked);
    put(*o.lane, 0, 0, std::vector<float>(4, 0));
    const Fault f = fault_of(o.lane->run(0, 1, 30));
    EXPECT_EQ(f.stage, "no fault") << f.text;
    auto got = get(*o.lane, 0, 1, 4);
    got.resize(asked.size());
    return got;
  };
  EXPECT_THAT(teams({4, 1, 4, 0}), testing::ElementsAre(4, 1, 4, 4));
  EXPECT_THAT(teams({2, 1, 2}), testing::ElementsAre(2, 1, 2));
  EXPECT_THAT(teams({3}), testing::ElementsAre(3));
  EXPECT_THAT(teams({0, 0}), testing::ElementsAre(4, 4));
  const auto step = [](std::uint32_t workers) {
    ResolvedStep s = launch(0, {buffer(0), buffer(1), integer(1)});
    s.workers = workers;
    return s;
  };
  const Fault f = fault_of(o.lane->allot(plan({storage("x", 1), storage("y", 1)}, lane_kernel, {step(2), step(4)}), 1));
  EXPECT_EQ(outcome(f), "rejected plan");
  EXPECT_THAT(f.text, HasSubstr("workers = 2 beside workers = 4"));
}

TEST(LaneTeam, ThreadsThatGoOnAreNoticed) {
  Opened o(
      "\n#pragma omp parallel\n  if (omp_get_thread_num() != 0) for (volatile long i = 0; i < 1000; i = i + 1) {}\n"
      "  if (!__builtin_setjmp(out)) {\n#pragma omp parallel\n    {\n      if (omp_get_thread_num() == 0) leave();\n"
      "      for (volatile long i = 0;; i = i + 1) {}\n    }\n  }",
      "#include <omp.h>\nstatic void* out[5];\nstatic __attribute__((noinline)) void leave() { __builtin_longjmp(out, "
      "1); }",
      2);
  o.allot(1);
  sure(o.lane->run(0, 1, 30));
  EXPECT_EQ(outcome(fault_of(o.lane->idle_check())), "wrong_result late_work");
}

TEST(LaneDeath, StatusesAndSignalsAreTold) {
  if (!probe_layers().seccomp) GTEST_SKIP() << probe_layers().missing().back();
  for (const auto& [body, expected, text] :
       {std::tuple{"_exit(3);", "crashed exit", "status 3"},
        {"__builtin_trap();", "crashed signal", "signal 4"},
        {"chdir(\"/\");", "crashed forbidden_call", "chdir"},
        {"getuid();", "crashed forbidden_call", "getuid"},
        // The number in the shared memory is the candidate's word; a plain end is still a plain end.
        {"_exit(159);", "crashed exit", "status 159"}}) {
    Opened o(body, "#include <unistd.h>");
    o.allot(1);
    const Fault f = fault_of(o.lane->run(0, 1, 30));
    EXPECT_EQ(outcome(f), expected) << body;
    EXPECT_THAT(f.text, HasSubstr(text)) << body;
  }
}

// Processes begun ahead of their candidates.
class LaneSpares : public testing::Test {
 protected:
  static std::vector<pid_t> children() {
    std::ifstream in(fmt::format("/proc/self/task/{}/children", gettid()));
    std::vector<pid_t> out;
    for (pid_t pid = 0; in >> pid;)
      if (lives(pid)) out.push_back(pid);
    return out;
  }
  // Killed ones may wait for a while until somebody asks for them.
  static bool lives(pid_t pid) {
    std::ifstream in(fmt::format("/proc/{}/stat", pid));
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    const std::size_t close = text.rfind(')');
    return close != std::string::npos && close + 2 < text.size() && std::strchr("ZX", text[close + 2]) == nullptr;
  }
  // The end of a killed one takes a moment.
  static std::size_t settled(std::size_t wanted) {
    for (int i = 0; i < 2000 && children().size() > wanted; ++i) usleep(1000);
    return children().size();
  }
  void SetUp() override {
    if (!std::filesystem::exists(fmt::format("/proc/self/task/{}/children", gettid())))
      GTEST_SKIP() << "the system does not list children";
    binary = sure(workshop::device().compile(
        job("static int calls = 0;\nextern \"C\" void k(float* x, float* y, int n) { y[0] = float(++calls); }\n",
            lane_kernel)));
    spec.binary = &binary;
    spec.arena_bytes = 1 << 20;
    open();  // the process that lanes are forked from comes with the first one
    settled(1);
  }
  std::unique_ptr<Lane> open() { return sure(lanes.open(spec)); }
  static float calls(Lane& lane) {
    sure(lane.allot(
        plan({storage("x", 1), storage("y", 1)}, lane_kernel, {launch(0, {buffer(0), buffer(1), integer(1)})}), 1));
    sure(lane.run(0, 1, 30));
    return get(lane, 0, 1, 1)[0];
  }
  Lanes lanes{{worker_path(), 1, 32 << 20}};
  Binary binary;
  LaneSpec spec;
};

TEST_F(LaneSpares, OneThatIsReadyIsTakenAndNoneIsTakenTwice) {
  const std::size_t before = children().size();
  lanes.expect(spec, 2);
  EXPECT_EQ(children().size(), before + 2);
  lanes.expect(spec, 2);
  EXPECT_EQ(children().size(), before + 2) << "two are ready already";
  auto first = open();
  auto second = open();
  EXPECT_EQ(children().size(), before + 2);
  EXPECT_EQ(calls(*first), 1);
  EXPECT_EQ(calls(*first), 2);
  EXPECT_EQ(calls(*second), 1);
  first.reset();
  EXPECT_EQ(settled(before + 1), before + 1) << "a process ends with its candidate";
  auto third = open();
  EXPECT_EQ(calls(*third), 1) << "and nothing of it is left for the next";
}

TEST_F(LaneSpares, OneOfAnotherKindIsNotTaken) {
  const std::size_t before = children().size();
  LaneSpec other = spec;
  other.arena_bytes = 64 << 20;
  lanes.expect(other, 1);
  other = spec;
  other.workers = 2;
  lanes.expect(other, 1);
  EXPECT_EQ(children().size(), before + 2);
  const auto lane = open();
  EXPECT_EQ(children().size(), before + 3);
  EXPECT_EQ(calls(*lane), 1);
}

TEST_F(LaneSpares, OneThatHasEndedIsNotTaken) {
  const std::vector<pid_t> before = children();
  lanes.expect(spec, 1);
  for (const pid_t pid : children())
    if (std::ranges::find(before, pid) == before.end()) {
      kill(pid, SIGKILL);
      siginfo_t info{};
      waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT);
    }
  EXPECT_EQ(calls(*open()), 1);
}

TEST_F(LaneSpares, MemoryThatIsUsedAgainIsEmpty) {
  // What one candidate leaves behind the sets that it was given, the next one may not find.
  const auto scribbler = sure(workshop::device().compile(job(
      "extern \"C\" void k(float* x, float* y, int n) { y[0] = 1; for (int i = 0; i < 4096; ++i) x[(1 << 16) + i] = "
      "42; }\n",
      lane_kernel)));
  const auto reader = sure(workshop::device().compile(
      job("extern \"C\" void k(float* x, float* y, int n) { y[0] = 0; for (int i = 0; i < 4096; ++i) y[0] += x[(1 << "
          "16) + i]; }\n",
          lane_kernel)));
  for (const Binary* b : {&scribbler, &reader, &scribbler, &reader}) {
    spec.binary = b;
    auto lane = open();
    sure(lane->allot(
        plan({storage("x", 1), storage("y", 1)}, lane_kernel, {launch(0, {buffer(0), buffer(1), integer(1)})}), 1));
    sure(lane->run(0, 1, 30));
    EXPECT_EQ(get(*lane, 0, 1, 1)[0], b == &scribbler ? 1 : 0);
    lane.reset();
    settled(1);
  }
}

TEST_F(LaneSpares, OneThatDiedTakesNobodyElsesEnd) {
  const auto crasher = sure(
      workshop::device().compile(job("extern \"C\" void k(float*, float*, int) { __builtin_trap(); }\n", lane_kernel)));
  spec.binary = &crasher;
  auto lane = open();
  sure(lane->allot(
      plan({storage("x", 1), storage("y", 1)}, lane_kernel, {launch(0, {buffer(0), buffer(1), integer(1)})}), 1));
  EXPECT_EQ(outcome(fault_of(lane->run(0, 1, 30))), "crashed signal");
  lane.reset();
  const pid_t other = fork();
  if (other == 0) _exit(7);
  siginfo_t info{};
  ASSERT_EQ(waitid(P_PID, id_t(other), &info, WEXITED | WNOWAIT), 0);
  spec.binary = &binary;
  EXPECT_EQ(calls(*open()), 1);
  int status = 0;
  ASSERT_EQ(waitpid(other, &status, 0), other);
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

TEST_F(LaneSpares, TheyAreForkedAndStillStrangersToEachOther) {
  // Four live at once, each of which counts its own calls only.
  std::vector<std::unique_ptr<Lane>> four;
  for (int i = 0; i < 4; ++i) four.push_back(open());
  for (int round = 1; round <= 2; ++round)
    for (auto& lane : four) EXPECT_EQ(calls(*lane), float(round));
}

TEST_F(LaneSpares, AForkerThatWasKilledIsReplaced) {
  for (const pid_t pid : children()) kill(pid, SIGKILL);
  settled(0);
  EXPECT_EQ(calls(*open()), 1);
}

TEST_F(LaneSpares, TheyDoNotPileUp) {
  const std::size_t before = children().size();
  for (std::uint64_t bytes = 1 << 20; bytes <= 256 << 20; bytes *= 2) {
    spec.arena_bytes = bytes;
    lanes.expect(spec, 3);
  }
  EXPECT_LE(settled(before + 4), before + 4);
}

}  // namespace
}  // namespace ridge::cpu
