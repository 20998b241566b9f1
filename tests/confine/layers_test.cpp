// Each layer of confinement against something that it alone stops: with it the attack fails, and with it left out, and
// whatever else would stop the attack, the same attack comes through. So a layer that is lost fails its test.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "attack.h"
#include "base/fd.h"
#include "base/paths.h"
#include "confine/memory.h"
#include "workshop.h"

namespace ridge {
namespace {

using attack::in_child;
using attack::jailed;
using attack::jailed_shell;
using testing::HasSubstr;

constexpr int kThrough = 0;

void need(bool there, const std::string& missing) {
  if (there) return;
  // What is skipped here must be said to the user as well.
  const auto lines = probe_layers().missing();
  EXPECT_TRUE(std::ranges::any_of(lines, [&](const std::string& l) { return l.starts_with(missing); })) << missing;
}
#define NEED(there, missing) \
  if (need(there, missing); !(there)) GTEST_SKIP() << "not offered here, and probe_layers says so: " << (missing)

// The neighbours that would stop an attack on files, network or processes, too.
LeftOut without(LeftOut left_out, bool mount) {
  left_out.mount = mount;
  return left_out;
}

TEST(LayerMounts, TheHostsFilesAreNotThere) {
  NEED(probe_layers().user_namespace, "user namespaces");
  const std::string attack = "read line < /etc/passwd";
  EXPECT_NE(jailed_shell(attack, without({.landlock = true}, false)), kThrough);
  EXPECT_EQ(jailed_shell(attack, without({.landlock = true}, true)), kThrough);
}

TEST(LayerMounts, TheHostsFilesCannotBeWritten) {
  NEED(probe_layers().user_namespace, "user namespaces");
  const TempDir outside = *TempDir::make("outside");
  const std::string attack = "echo stolen > " + outside.path() + "/it";
  EXPECT_NE(jailed_shell(attack, {.landlock = true}), kThrough);
  EXPECT_FALSE(std::filesystem::exists(outside.path() + "/it"));
  EXPECT_EQ(jailed_shell(attack, {.mount = true, .landlock = true}), kThrough);
  EXPECT_TRUE(std::filesystem::exists(outside.path() + "/it"));
}

TEST(LayerLandlock, AJailsFilesAreHiddenWithoutAMountNamespaceToo) {
  NEED(probe_layers().landlock_abi > 0, "Landlock");
  const std::string attack = "read line < /etc/passwd";
  EXPECT_NE(jailed_shell(attack, {.mount = true}), kThrough);
  EXPECT_EQ(jailed_shell(attack, {.mount = true, .landlock = true}), kThrough);
  EXPECT_EQ(jailed_shell("echo yes > here && read line < here", {.mount = true}), kThrough) << "its own folder stays";
}

TEST(LayerLandlock, ALanesFilesAreHiddenWithoutAFilterToo) {
  NEED(probe_layers().landlock_abi > 0, "Landlock");
  const auto attack = [](const LeftOut& left_out) {
    return in_child([&] {
      enter_lane(0);
      if (!seal_lane(nullptr, left_out)) return 99;
      return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0 ? kThrough : 1;
    });
  };
  EXPECT_EQ(attack({.seccomp = true}), 1);
  EXPECT_EQ(attack({.landlock = true, .seccomp = true}), kThrough);
}

TEST(LayerSeccomp, ALaneOpensFilesWithoutIt) {
  NEED(probe_layers().seccomp, "seccomp");
  const auto attack = [](const LeftOut& left_out) {
    return in_child([&] {
      if (!seal_lane(nullptr, left_out)) return 99;
      return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0 ? kThrough : 1;
    });
  };
  EXPECT_EQ(attack({.landlock = true}), forbidden_exit);
  EXPECT_EQ(attack({.landlock = true, .seccomp = true}), kThrough);
}

// A server on the host's loopback interface that a jail tries to reach.
class Listener {
 public:
  Listener() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    EXPECT_EQ(bind(fd_.get(), reinterpret_cast<sockaddr*>(&at), size), 0);
    EXPECT_EQ(listen(fd_.get(), 8), 0);
    EXPECT_EQ(getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&at), &size), 0);
    port_ = ntohs(at.sin_port);
  }
  std::string attack() const { return fmt::format("exec 3<>/dev/tcp/127.0.0.1/{}", port_); }

 private:
  Fd fd_;
  int port_ = 0;
};

TEST(LayerNetwork, AServerOfTheHostCannotBeReached) {
  NEED(probe_layers().user_namespace, "user namespaces");
  const Listener server;
  EXPECT_NE(jailed_shell(server.attack(), {.seccomp = true}), kThrough);
  EXPECT_EQ(jailed_shell(server.attack(), {.network = true, .seccomp = true}), kThrough);
}

TEST(LayerSeccomp, AJailHasNoSocketsWithoutANetworkNamespaceToo) {
  NEED(probe_layers().seccomp, "seccomp");
  const Listener server;
  EXPECT_NE(jailed_shell(server.attack(), {.network = true}), kThrough);
  EXPECT_EQ(jailed_shell(server.attack(), {.network = true, .seccomp = true}), kThrough);
}

TEST(LayerProcesses, OursCannotBeSignalled) {
  NEED(probe_layers().user_namespace, "user namespaces");
  const std::string attack = fmt::format("kill -0 {}", getpid());
  EXPECT_NE(jailed_shell(attack, {}), kThrough);
  EXPECT_EQ(jailed_shell(attack, {.pid = true}), kThrough);
}

// Root's rights over the host end at a user namespace; somebody without any has none to lose there.
TEST(LayerUsers, RootHasNoRightsOverTheHost) {
  NEED(probe_layers().user_namespace, "user namespaces");
  if (in_child([] { return setpriority(PRIO_PROCESS, 0, -5) == 0 ? kThrough : 1; }) != kThrough)
    GTEST_SKIP() << "this process has no rights over the host that could be lost: run as root to see it";
  const auto attack = [](const LeftOut& left_out) {
    return in_child([&] {
      enter_lane(0, left_out);
      return setpriority(PRIO_PROCESS, 0, -5) == 0 ? kThrough : 1;
    });
  };
  EXPECT_EQ(attack({}), 1);
  EXPECT_EQ(attack({.user = true}), kThrough);
}

TEST(LayerIpc, SharedMemoryOfTheHostIsNotThere) {
  NEED(probe_layers().user_namespace, "user namespaces");
  const int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
  if (id < 0) GTEST_SKIP() << "no System V shared memory here";
  const auto attack = [&](const LeftOut& left_out) {
    return in_child([&] {
      enter_lane(0, left_out);
      return shmat(id, nullptr, 0) != reinterpret_cast<void*>(-1) ? kThrough : 1;
    });
  };
  EXPECT_EQ(attack({}), 1);
  EXPECT_EQ(attack({.ipc = true}), kThrough);
  shmctl(id, IPC_RMID, nullptr);
}

// A program that takes its owner's rights. In a user namespace of one user it has nobody's to take, so that is left
// out on both sides. (Landlock and the filter set the flag as well, since a system asks for it before them.)
TEST(LayerPrivileges, AProgramCannotTakeItsOwnersRights) {
  if (getuid() != 0) GTEST_SKIP() << "only root can make a program that takes another user's rights";
  constexpr uid_t owner = 1, me = 65534;
  const TempDir folder = *TempDir::make("setuid");
  const std::string program = folder.path() + "/id";
  std::filesystem::copy_file("/usr/bin/id", program);
  ASSERT_EQ(chmod(folder.path().c_str(), 0755), 0);
  ASSERT_EQ(chown(program.c_str(), owner, owner), 0);
  ASSERT_EQ(chmod(program.c_str(), 04755), 0);
  const auto attack = [&](const LeftOut& left_out) {
    int out[2];
    if (pipe(out) != 0) return std::string("no pipe");
    const int status = in_child([&] {
      if (setgid(me) != 0 || setuid(me) != 0) return 1;
      dup2(out[1], 1);
      enter_lane(0, left_out);
      execl(program.c_str(), "id", "-u", nullptr);
      return 2;
    });
    close(out[1]);
    char text[32] = {};
    const ssize_t n = read(out[0], text, sizeof text - 1);
    close(out[0]);
    return fmt::format("{}: {}", status, trim(std::string_view(text, std::size_t(std::max<ssize_t>(n, 0)))));
  };
  const std::string through = attack({.user = true, .network = true, .ipc = true, .no_new_privileges = true});
  if (through == fmt::format("0: {}", me)) GTEST_SKIP() << "the temporary folder is mounted without set-user-id";
  EXPECT_EQ(through, fmt::format("0: {}", owner));
  EXPECT_EQ(attack({.user = true, .network = true, .ipc = true}), fmt::format("0: {}", me));
}

TEST(LayerLimits, AddressSpaceFilesAndTimeOfAJail) {
  const std::vector<std::string> greedy = {"/usr/bin/perl", "-e", "my $x = 'x' x (200 << 20); exit 0"};
  EXPECT_NE(jailed(greedy, {}, {.memory_bytes = 100 << 20}), kThrough);
  EXPECT_EQ(jailed(greedy, {.limits = true}, {.memory_bytes = 100 << 20}), kThrough);
  const std::string large = "exec head -c 3000000 /bin/bash /bin/bash /bin/bash > file";
  EXPECT_NE(jailed_shell(large, {}, {.file_bytes = 1 << 20}), kThrough);
  EXPECT_EQ(jailed_shell(large, {.limits = true}, {.file_bytes = 1 << 20}), kThrough);
  EXPECT_EQ(jailed_shell("[ $(ulimit -t) = 3 ]", {}, {.cpu_seconds = 2}), kThrough);
  EXPECT_NE(jailed_shell("[ $(ulimit -t) = 3 ]", {.limits = true}, {.cpu_seconds = 2}), kThrough);
}

TEST(LayerLimits, AddressSpaceOfALane) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a program with a sanitizer reserves terabytes: its memory is watched instead";
#endif
  const auto attack = [](const LeftOut& left_out) {
    return in_child([&] {
      enter_lane(4ull << 30, left_out);
      return mmap(nullptr, 8ull << 30, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED
                 ? kThrough
                 : 1;
    });
  };
  EXPECT_EQ(attack({}), 1);
  EXPECT_EQ(attack({.limits = true}), kThrough);
}

// Where no limit on address space can be set. Two processes, each of which stays below the limit by itself.
const std::vector<std::string> kGreedyPair = {
    "/usr/bin/perl", "-e",
    "my $p = fork(); my $n = 100 << 20; my $x = 'x'; $x x= $n; select undef, undef, undef, 0.3; wait; exit 0"};

TEST(LayerMemory, WhatIsInUseIsWatchedAndItsEndNamed) {
  if (ResidentMemory().in_use(getpid()) == 0) GTEST_SKIP() << "/proc does not tell how much memory is in use";
  const JailSpec spec{.memory_bytes = 0, .resident_bytes = 160 << 20};
  testing::internal::CaptureStderr();
  EXPECT_EQ(jailed(kGreedyPair, {.group = true}, spec), jail_over_memory);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("MiB of memory in use, 160 MiB are allowed"));
  EXPECT_EQ(jailed(kGreedyPair, {.watch = true, .group = true}, spec), kThrough);
}

TEST(LayerMemory, AControlGroupHoldsItAndItsEndIsNamed) {
  if (!probe_layers().memory_group) GTEST_SKIP() << "no control group for memory can be made here: it is watched";
  const JailSpec spec{.memory_bytes = 0, .resident_bytes = 160 << 20};
  testing::internal::CaptureStderr();
  EXPECT_EQ(jailed(kGreedyPair, {.watch = true}, spec), jail_over_memory);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("more than 160 MiB of memory in use"));
  EXPECT_EQ(jailed(kGreedyPair, {.watch = true, .group = true}, spec), kThrough);
}

TEST(LayerMemory, NothingStaysBehindOfAControlGroup) {
  if (!probe_layers().memory_group) GTEST_SKIP() << "no control group for memory can be made here: it is watched";
  const JailSpec spec{.resident_bytes = 1 << 30};
  EXPECT_EQ(jailed_shell("true", {}, spec), kThrough);
  auto again = MemoryGroup::make(1 << 30);
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->exceeded());
}

// The unified hierarchy, made of plain files.
TEST(LayerMemory, InTheUnifiedHierarchyTheGroupLiesBesideOurs) {
  const TempDir made_up = *TempDir::make("groups");
  const std::string root = made_up.path();
  std::filesystem::create_directories(root + "/app/me");
  ASSERT_TRUE(write_file(root + "/cgroup", "0::/app/me\n"));
  ASSERT_TRUE(write_file(root + "/app/me/cgroup.subtree_control", "\n"));
  ASSERT_TRUE(write_file(root + "/app/cgroup.subtree_control", "cpu memory pids\n"));
  const auto group = MemoryGroup::make(12345, root, root);
  ASSERT_TRUE(group);
  const std::string folder = fmt::format("{}/app/ridgeline-{}", root, getpid());
  EXPECT_EQ(*read_file(folder + "/memory.max"), "12345");
  EXPECT_EQ(*read_file(folder + "/memory.swap.max"), "0");
  EXPECT_TRUE(group->enter());
  EXPECT_EQ(*read_file(folder + "/cgroup.procs"), "0");
  EXPECT_FALSE(group->exceeded());
  ASSERT_TRUE(write_file(folder + "/memory.events", "low 0\noom 1\noom_kill 1\n"));
  EXPECT_TRUE(group->exceeded());
  ASSERT_TRUE(write_file(root + "/app/cgroup.subtree_control", "cpu pids\n"));
  EXPECT_FALSE(MemoryGroup::make(12345, root, root));
}

// A helper that signals its whole group. The asker is in a group of its own here, so that the test outlives it.
TEST(LayerGroup, AHelpersGroupIsNotOurs) {
  const auto attack = [](bool own_group) {
    return in_child([&] {
      setpgid(0, 0);
      const auto said = run_process({.argv = {"/bin/sh", "-c", "kill -KILL 0"},
                                     .folder = "",
                                     .environment = {},
                                     .time_limit_s = 20,
                                     .own_group = own_group});
      return said && said->signal == SIGKILL ? 1 : 2;
    });
  };
  EXPECT_EQ(attack(true), 1) << "the helper alone ended";
  EXPECT_EQ(attack(false), 128 + SIGKILL) << "it took its parent with it";
}

TEST(LayerGroup, WhatAHelperLeavesBehindEndsWithIt) {
  const auto left_behind = [](bool own_group) {
    const auto said = run_process({.argv = {"/bin/sh", "-c", "sleep 30 > /dev/null 2>&1 & echo $!"},
                                   .folder = "",
                                   .environment = {},
                                   .time_limit_s = 20,
                                   .own_group = own_group});
    const pid_t pid = pid_t(std::atol(said->output.c_str()));
    // Killed ones may wait for a while until somebody asks for them.
    bool lives = true;
    for (int i = 0; i < 200 && lives && own_group; ++i, usleep(1000)) {
      const auto status = read_file(fmt::format("/proc/{}/stat", pid));
      lives = status && status->find(") Z") == std::string::npos;
    }
    if (lives) kill(pid, SIGKILL);
    return lives;
  };
  EXPECT_FALSE(left_behind(true));
  EXPECT_TRUE(left_behind(false));
}

}  // namespace
}  // namespace ridge
