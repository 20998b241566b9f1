// Memory in use by a process and its descendants, held below a limit where a limit on address space cannot be set
// (programs built with sanitizers reserve terabytes): by looking, and by a control group where one can be made.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <sys/types.h>

namespace ridge {

// Looks at /proc. Opened beforehand by who will not see it later.
class ResidentMemory {
 public:
  ResidentMemory();
  ~ResidentMemory();
  ResidentMemory(const ResidentMemory&) = delete;
  ResidentMemory& operator=(const ResidentMemory&) = delete;
  // Bytes, with those of all descendants.
  std::uint64_t in_use(pid_t pid) const;
  // Waits for a child's end: 0, and `status` is its exit status (128 + signal). When it takes more than `most` bytes it
  // is killed with its descendants: how much it had.
  std::uint64_t watch(pid_t pid, std::uint64_t most, int& status) const;

 private:
  void visit(pid_t pid, int depth, const auto& each) const;
  int proc_ = -1;
};

// A control group with a limit on memory: below this process's own in a hierarchy of the memory controller (version 1),
// below or beside it in the unified one (version 2). It goes with the object.
class MemoryGroup {
 public:
  static std::optional<MemoryGroup> make(std::uint64_t bytes, const std::string& proc = "/proc/self",
                                         const std::string& root = "/sys/fs/cgroup");
  MemoryGroup(MemoryGroup&& other) noexcept;
  MemoryGroup& operator=(MemoryGroup&&) = delete;
  ~MemoryGroup();
  bool enter() const;     // this process and the children it will have
  bool exceeded() const;  // the system ended a process in it for its memory

 private:
  MemoryGroup() = default;
  int parent_ = -1, folder_ = -1, processes_ = -1;
  std::string name_;
};

}  // namespace ridge
