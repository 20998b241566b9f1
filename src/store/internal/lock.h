// The right to write a run: an advisory lock on <folder>/run.lock, released by the system when its holder ends, however
// it ends.
#pragma once

#include <string>
#include <utility>

#include "base/result.h"

namespace ridge {

class RunLock {
 public:
  RunLock() = default;
  // An Error that names the holder's process when somebody else writes this run.
  static Result<RunLock> take(const std::string& folder);
  // Does somebody write this run now? Makes no file.
  static bool held(const std::string& folder);
  RunLock(RunLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  RunLock& operator=(RunLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~RunLock();

 private:
  int fd_ = -1;
};

}  // namespace ridge
