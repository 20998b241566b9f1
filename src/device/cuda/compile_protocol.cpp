#include "device/cuda/internal/compile_protocol.h"

#include <cerrno>
#include <chrono>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace ridge::cuda {
namespace {

bool send_all(int fd, const char* data, std::size_t bytes) {
  while (bytes > 0) {
    ssize_t n = ::send(fd, data, bytes, MSG_NOSIGNAL);
    if (n < 0 && errno == ENOTSOCK) n = ::write(fd, data, bytes);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    data += n;
    bytes -= std::size_t(n);
  }
  return true;
}

bool receive_all(int fd, char* data, std::size_t bytes, double until) {
  using Clock = std::chrono::steady_clock;
  while (bytes > 0) {
    const double left = until - std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
    pollfd waiting{fd, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, left < 0 ? 0 : int(std::min(left * 1e3, 1e9)) + 1);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    const ssize_t n = ::read(fd, data, bytes);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    data += n;
    bytes -= std::size_t(n);
  }
  return true;
}

}  // namespace

bool send_message(int fd, const Message& message) {
  std::string head;
  const auto put = [&](std::uint64_t v) { head.append(reinterpret_cast<const char*>(&v), sizeof v); };
  put(message.size());
  for (const std::string& part : message) put(part.size());
  if (!send_all(fd, head.data(), head.size())) return false;
  for (const std::string& part : message)
    if (!send_all(fd, part.data(), part.size())) return false;
  return true;
}

std::optional<Message> receive_message(int fd, double seconds) {
  const double until =
      seconds + std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  std::uint64_t parts = 0;
  if (!receive_all(fd, reinterpret_cast<char*>(&parts), sizeof parts, until) || parts > 4096) return std::nullopt;
  std::vector<std::uint64_t> sizes(parts);
  if (!receive_all(fd, reinterpret_cast<char*>(sizes.data()), parts * sizeof(std::uint64_t), until))
    return std::nullopt;
  std::uint64_t all = 0;
  for (const std::uint64_t s : sizes) {
    if (s > most_message_bytes) return std::nullopt;
    all += s;
  }
  if (all > most_message_bytes) return std::nullopt;
  Message out;
  for (const std::uint64_t s : sizes) {
    std::string& part = out.emplace_back(s, '\0');
    if (!receive_all(fd, part.data(), part.size(), until)) return std::nullopt;
  }
  return out;
}

}  // namespace ridge::cuda
