// The seal, from the inside: each call in a process of its own.
#include <functional>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine/confine.h"
#include "confine/landlock.h"

namespace ridge {
namespace {

struct Ended {
  int status = 0;
  int note = -1;
  bool forbidden() const { return WIFEXITED(status) && WEXITSTATUS(status) == forbidden_exit; }
};

// What becomes of a sealed process that does `act`: exit status 0 if it comes through.
Ended sealed(const std::function<void()>& act, bool enter = false) {
  auto* note =
      static_cast<volatile int*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  *note = -1;
  const pid_t pid = fork();
  if (pid == 0) {
    if (enter) enter_lane(0);
    if (!seal_lane(note)) _exit(99);
    act();
    _exit(0);
  }
  Ended e;
  waitpid(pid, &e.status, 0);
  e.note = *note;
  munmap(const_cast<int*>(note), 4096);
  return e;
}

class Seal : public testing::Test {
 protected:
  void SetUp() override {
    if (probe_layers().seccomp) return;
    EXPECT_THAT(probe_layers().missing(), testing::Contains(testing::HasSubstr("seccomp")));
    GTEST_SKIP() << "no seccomp here, and probe_layers says so";
  }
};

TEST_F(Seal, CallsBeyondTheListEndTheProcessAndAreNamed) {
  const std::pair<const char*, std::function<void()>> calls[] = {
      {"openat", [] { (void)!open("/dev/null", O_RDONLY); }},
      {"socket", [] { (void)!socket(AF_INET, SOCK_STREAM, 0); }},
      {"clone", [] { (void)!fork(); }},
      {"execve", [] { execl("/bin/true", "true", nullptr); }},
      {"ptrace", [] { syscall(SYS_ptrace, 0, 0, 0, 0); }},
      {"kill", [] { (void)!kill(1, 0); }},
      {"tgkill", [] { (void)!syscall(SYS_tgkill, 1, 1, 0); }},
      {"unshare", [] { (void)!syscall(SYS_unshare, 0); }},
      {"dup", [] { (void)!dup(1); }},
      {"rt_sigaction", [] { signal(SIGSYS, SIG_IGN); }},
      {"seccomp", [] { syscall(SYS_seccomp, 0, 0, nullptr); }},
      {"prctl", [] { syscall(SYS_prctl, 0); }},
      {"write", [] { (void)!write(5, "x", 1); }},
      {"mprotect", [] { mprotect(nullptr, 4096, PROT_EXEC); }},
      {"mmap", [] { (void)!mmap(nullptr, 4096, PROT_READ, MAP_SHARED, 3, 0); }},
  };
  for (const auto& [call, act] : calls) {
    const Ended e = sealed(act);
    EXPECT_TRUE(e.forbidden()) << call << ": " << e.status;
    EXPECT_EQ(call_name(e.note), call);
  }
}

TEST_F(Seal, ComputingAllocatingWaitingAndPrintingGoOn) {
  const Ended e = sealed([] {
    void* p = mmap(nullptr, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) _exit(1);
    munmap(p, 1 << 20);
    free(malloc(10 << 20));
    const timespec t{0, 1000};
    nanosleep(&t, nullptr);
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (syscall(SYS_clone3, nullptr, 0) != -1 || errno != ENOSYS) _exit(2);
    (void)!write(2, "", 0);
  });
  EXPECT_TRUE(WIFEXITED(e.status)) << e.status;
  EXPECT_EQ(WEXITSTATUS(e.status), 0) << call_name(e.note);
}

TEST_F(Seal, ItHoldsAfterTheLanesOwnNamespaces) {
  EXPECT_TRUE(sealed([] { (void)!open("/etc/passwd", O_RDONLY); }, true).forbidden());
}

// The second barrier on its own: no file is reachable even where the call is allowed.
TEST(Landlock, HidesFilesByItself) {
  if (probe_layers().landlock_abi == 0) {
    EXPECT_THAT(probe_layers().missing(), testing::Contains(testing::HasSubstr("Landlock")));
    GTEST_SKIP() << "no Landlock here, and probe_layers says so";
  }
  const pid_t pid = fork();
  if (pid == 0) {
    if (!landlock_only({"/usr"}, {})) _exit(1);
    if (open("/etc/passwd", O_RDONLY) >= 0) _exit(2);
    if (open("/usr/bin/env", O_RDONLY) < 0) _exit(3);
    if (open("/usr/bin/env", O_WRONLY) >= 0) _exit(4);
    _exit(0);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0) << WEXITSTATUS(status);
}

TEST(LaneEntry, TheNetworkIsGoneBeforeTheSealAlready) {
  if (!probe_layers().user_namespace) GTEST_SKIP() << probe_layers().missing().front();
  const pid_t pid = fork();
  if (pid == 0) {
    char before[256] = {}, after[256] = {};
    (void)!readlink("/proc/self/ns/net", before, sizeof before - 1);
    enter_lane(0);
    (void)!readlink("/proc/self/ns/net", after, sizeof after - 1);
    _exit(std::string(before) == after ? 1 : 0);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(CallName, NumbersAndUnknownOnes) {
  EXPECT_EQ(call_name(SYS_openat), "openat");
  EXPECT_EQ(call_name(99999), "system call 99999");
}

}  // namespace
}  // namespace ridge
