// What the parent and a compile server say to each other over a socket: one job, one answer, in turn. A message is the
// number of its parts and each part behind its length.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ridge::cuda {

inline constexpr int compile_fd = 3;
inline constexpr std::uint64_t most_message_bytes = 512ull << 20;

using Message = std::vector<std::string>;
// A job: source, file name, then options. An answer: outcome, log, cubin.
inline constexpr const char* outcome_right = "right";
inline constexpr const char* outcome_refused = "refused";
inline constexpr const char* outcome_limit = "limit";  // the child was ended by a limit

bool send_message(int fd, const Message& message);
// Waits at most `seconds` for each piece of it; none at the end of the stream, after that time or when it is nonsense.
std::optional<Message> receive_message(int fd, double seconds);

}  // namespace ridge::cuda
