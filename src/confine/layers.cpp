#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine/confine.h"

namespace ridge {
namespace {

bool child_can_unshare() {
  const pid_t pid = fork();
  if (pid < 0) return false;
  if (pid == 0)
    _exit(unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID) == 0 ? 0
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
  return names;
}

std::vector<std::string> Layers::missing() const {
  std::vector<std::string> lines;
  if (!user_namespace)
    lines.emplace_back(
        "user namespaces: compilers and kernels share the host's file view and network (allow unprivileged user "
        "namespaces)");
  if (landlock_abi == 0)
    lines.emplace_back("Landlock: no second barrier before files (needs Linux 5.13 with the Landlock module)");
  if (!seccomp)
    lines.emplace_back("seccomp: system calls of kernels are not confined, do not run strangers' kernels here");
  return lines;
}

}  // namespace ridge
