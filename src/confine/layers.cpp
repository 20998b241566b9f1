#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine/confine.h"
#include "confine/memory.h"

namespace ridge {
namespace {

// Making them is not enough: some systems give them out without the right to mount inside.
bool child_can_unshare() {
  const pid_t pid = fork();
  if (pid < 0) return false;
  if (pid == 0)
    _exit(unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID) == 0 &&
                  mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0
              ? 0
              : 1);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

Layers probe() {
  Layers layers;
  layers.user_namespace = child_can_unshare();
  const long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  layers.landlock_abi = abi > 0 ? int(abi) : 0;
  const unsigned action = SECCOMP_RET_TRAP;
  layers.seccomp = syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
  layers.memory_group = MemoryGroup::make(1ull << 30).has_value();
  return layers;
}

}  // namespace

const Layers& probe_layers() {
  static const Layers layers = probe();
  return layers;
}

std::vector<std::string> Layers::present() const {
  std::vector<std::string> names;
  if (user_namespace) names.emplace_back("namespaces");
  if (landlock_abi > 0) names.push_back(fmt::format("Landlock {}", landlock_abi));
  if (seccomp) names.emplace_back("seccomp");
  names.emplace_back("resource limits");
  names.emplace_back(memory_group ? "memory watched and in control groups" : "memory watched");
  return names;
}

std::vector<std::string> Layers::missing() const {
  std::vector<std::string> lines;
  if (!user_namespace) {
    std::string remains;
    if (landlock_abi > 0) remains += "Landlock still hides files";
    if (seccomp)
      remains += std::string(remains.empty() ? "" : ", ") + "seccomp still denies sockets and other processes";
    lines.push_back(fmt::format("user namespaces (allow unprivileged ones): {}",
                                remains.empty() ? "compilers and kernels share the host's file view and network"
                                                : "without them " + remains + "; process numbers are the host's"));
  }
  if (landlock_abi == 0)
    lines.push_back(fmt::format("Landlock (needs Linux 5.13 with the Landlock module): {}",
                                user_namespace
                                    ? "without it files are hidden by mount namespaces and seccomp alone"
                                    : "without it and without namespaces compilers can read every file here"));
  if (!seccomp)
    lines.emplace_back("seccomp: system calls of kernels are not confined, do not run strangers' kernels here");
  return lines;
}

}  // namespace ridge
