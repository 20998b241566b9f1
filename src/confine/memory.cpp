#include "confine/memory.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"

namespace ridge {
namespace {

constexpr int look_every_ms = 10;  // touching new memory takes about a second for a gigabyte
constexpr int deepest = 16;
constexpr const char* kGroup = "ridgeline-";

std::string text_at(int folder, const std::string& path) {
  const int fd = openat(folder, path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "";
  std::string text(1 << 16, '\0');
  const ssize_t n = read(fd, text.data(), text.size());
  close(fd);
  text.resize(std::size_t(std::max<ssize_t>(n, 0)));
  return text;
}

// A control group's files exist; that one may be made is what its test needs.
bool write_at(int folder, const char* file, const std::string& text) {
  const int fd = openat(folder, file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return false;
  const bool good = write(fd, text.data(), text.size()) == ssize_t(text.size());
  close(fd);
  return good;
}

bool lists_memory(const std::string& controllers) {
  return fmt::format(" {} ", trim(controllers)).find(" memory ") != std::string::npos;
}

}  // namespace

ResidentMemory::ResidentMemory() : proc_(open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}
ResidentMemory::~ResidentMemory() {
  if (proc_ >= 0) close(proc_);
}

void ResidentMemory::visit(pid_t pid, int depth, const auto& each) const {
  each(pid);
  if (depth >= deepest) return;
  const std::string children = text_at(proc_, fmt::format("{0}/task/{0}/children", pid));
  const char* at = children.c_str();
  for (char* next = nullptr;; at = next) {
    const long child = std::strtol(at, &next, 10);
    if (next == at || child <= 0) return;
    visit(pid_t(child), depth + 1, each);
  }
}

std::uint64_t ResidentMemory::in_use(pid_t pid) const {
  std::uint64_t pages = 0;
  visit(pid, 0, [&](pid_t one) {
    unsigned long long total = 0, resident = 0;
    if (std::sscanf(text_at(proc_, fmt::format("{}/statm", one)).c_str(), "%llu %llu", &total, &resident) == 2)
      pages += resident;
  });
  return pages * std::uint64_t(sysconf(_SC_PAGESIZE));
}

std::uint64_t ResidentMemory::watch(pid_t pid, std::uint64_t most, int& status) const {
  const int handle = int(syscall(SYS_pidfd_open, pid, 0));
  std::uint64_t too_much = 0;
  int raw = 0;
  for (;;) {
    const pid_t ended = waitpid(pid, &raw, too_much > 0 ? 0 : WNOHANG);
    if (ended == pid) break;
    if (ended < 0 && errno != EINTR) break;
    if (const std::uint64_t now = in_use(pid); now > most && too_much == 0) {
      too_much = now;
      std::vector<pid_t> all;
      visit(pid, 0, [&](pid_t one) { all.push_back(one); });
      for (const pid_t one : all) kill(one, SIGKILL);
      continue;
    }
    pollfd wait{handle, POLLIN, 0};  // ignored where it is negative
    poll(&wait, 1, look_every_ms);
  }
  if (handle >= 0) close(handle);
  status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
  return too_much;
}

std::optional<MemoryGroup> MemoryGroup::make(std::uint64_t bytes, const std::string& proc, const std::string& root) {
  struct Place {
    std::string folder;
    bool unified = false;
  };
  std::vector<Place> places;
  for (const std::string& line : split_lines(text_at(AT_FDCWD, proc + "/cgroup"))) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1), path = line.substr(second + 1);
    if (path.find("..") != std::string::npos) continue;  // outside of what this process may see
    if (controllers.empty()) {
      // Only groups without processes of their own may pass the controller on, so the place is usually beside us.
      places.push_back({root + path, true});
      if (path.size() > 1) places.push_back({root + path.substr(0, path.rfind('/')), true});
    } else if ((',' + controllers + ',').find(",memory,") != std::string::npos) {
      places.push_back({root + "/memory" + path, false});
    }
  }
  for (const Place& place : places) {
    MemoryGroup group;
    group.parent_ = open(place.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (group.parent_ < 0) continue;
    if (place.unified && !lists_memory(text_at(group.parent_, "cgroup.subtree_control"))) continue;
    // What others left behind who were killed.
    if (DIR* left = fdopendir(dup(group.parent_))) {
      while (const dirent* e = readdir(left))
        if (std::strncmp(e->d_name, kGroup, std::strlen(kGroup)) == 0)
          if (const long pid = std::atol(e->d_name + std::strlen(kGroup)); pid > 0 && kill(pid_t(pid), 0) != 0)
            (void)unlinkat(group.parent_, e->d_name, AT_REMOVEDIR);
      closedir(left);
    }
    const std::string name = kGroup + std::to_string(getpid());
    if (mkdirat(group.parent_, name.c_str(), 0755) != 0) continue;
    group.name_ = name;
    group.folder_ = openat(group.parent_, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::string limit = std::to_string(bytes);
    if (!write_at(group.folder_, place.unified ? "memory.max" : "memory.limit_in_bytes", limit)) continue;
    // Without it a limit on memory is one on memory that is not swapped out. Not everywhere there.
    (void)write_at(group.folder_, place.unified ? "memory.swap.max" : "memory.memsw.limit_in_bytes",
                   place.unified ? "0" : limit);
    group.processes_ = openat(group.folder_, "cgroup.procs", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (group.processes_ >= 0) return group;
  }
  return std::nullopt;
}

MemoryGroup::MemoryGroup(MemoryGroup&& o) noexcept
    : parent_(std::exchange(o.parent_, -1)),
      folder_(std::exchange(o.folder_, -1)),
      processes_(std::exchange(o.processes_, -1)),
      name_(std::exchange(o.name_, {})) {}

MemoryGroup::~MemoryGroup() {
  // The last process may be on its way out.
  for (int i = 0; !name_.empty() && i < 100; ++i) {
    if (unlinkat(parent_, name_.c_str(), AT_REMOVEDIR) == 0 || errno != EBUSY) break;
    poll(nullptr, 0, 1);
  }
  for (const int fd : {parent_, folder_, processes_})
    if (fd >= 0) close(fd);
}

bool MemoryGroup::enter() const {
  return write(processes_, "0", 1) == 1;
}

bool MemoryGroup::exceeded() const {
  for (const char* file : {"memory.events", "memory.oom_control"})
    for (const std::string& line : split_lines(text_at(folder_, file)))
      if (line.starts_with("oom_kill ") && line != "oom_kill 0") return true;
  return false;
}

}  // namespace ridge
