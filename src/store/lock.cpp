#include "store/internal/lock.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/text.h"

namespace ridge {
namespace {

std::string holder(int fd) {
  char text[32] = {};
  const ssize_t n = ::pread(fd, text, sizeof text - 1, 0);
  return n > 0 ? std::string(trim(std::string_view(text, std::size_t(n)))) : "unknown";
}

}  // namespace

Result<RunLock> RunLock::take(const std::string& folder) {
  const std::string path = folder + "/run.lock";
  RunLock lock;
  lock.fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock.fd_ < 0) return world("{}: cannot be opened: {}", path, std::strerror(errno));
  if (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return world("{}: cannot be locked: {}", path, std::strerror(errno));
    return world("{}: this run is being written by process {}; wait for it or end it first", folder, holder(lock.fd_));
  }
  // For messages only: the lock itself is the system's, so an old number here harms nobody.
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock.fd_, 0) != 0 || ::pwrite(lock.fd_, pid.data(), pid.size(), 0) != ssize_t(pid.size()))
    return world("{}: cannot be written: {}", path, std::strerror(errno));
  return lock;
}

bool RunLock::held(const std::string& folder) {
  const int fd = ::open((folder + "/run.lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool free = ::flock(fd, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK;
  ::close(fd);
  return !free;
}

RunLock::~RunLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace ridge
