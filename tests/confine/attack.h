// Trying to break out: a jail or a lane's entry in a process of its own, with layers left out.
#pragma once

#include <filesystem>
#include <functional>

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/subprocess.h"
#include "base/text.h"
#include "confine/confine.h"

namespace ridge::attack {

// The exit status of `act` in a process of its own; 128 + signal.
inline int in_child(const std::function<int()>& act) {
  const pid_t pid = fork();
  if (pid == 0) _exit(act());
  const int status = await_child(pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// A jail in a folder of its own. `before` runs in the process that becomes the jail.
inline int jailed(
    std::vector<std::string> program, const LeftOut& left_out, JailSpec spec = {},
    const std::function<void()>& before = [] {}) {
  const TempDir folder = *TempDir::make("attack");
  std::filesystem::create_directory(folder.path() + "/job");
  spec.folder = folder.path();
  spec.argv = std::move(program);
  return in_child([&] {
    before();
    return run_jail(spec, left_out);
  });
}
inline int jailed_shell(
    const std::string& script, const LeftOut& left_out, JailSpec spec = {},
    const std::function<void()>& before = [] {}) {
  return jailed({"/bin/bash", "-c", script + " 2>/dev/null"}, left_out, std::move(spec), before);
}

}  // namespace ridge::attack
