// Bytes that processes exchange, and what compilers leave behind for a stranger's source.
#include <cstring>
#include <vector>

#include <sys/socket.h>
#include <unistd.h>

#include "device/cpu/elf.h"
#include "device/cpu/internal/protocol.h"
#include "device/cpu/object.h"
#include "device/cuda/internal/compile_protocol.h"
#include "device/cuda/internal/protocol.h"
#include "evaluate/internal/oracle_protocol.h"
#include "targets.h"

namespace ridge::fuzz {
namespace {

std::vector<std::uint64_t> words_of(std::string_view bytes) {
  std::vector<std::uint64_t> words(bytes.size() / 8);
  if (!words.empty()) std::memcpy(words.data(), bytes.data(), words.size() * 8);
  return words;
}

void cpu_program(std::string_view bytes) {
  const auto words = words_of(bytes);
  cpu::Program p;
  if (!cpu::decode_program(words.data(), words.size(), p)) return;
  for (const auto* steps : {&p.setup, &p.steps})
    for (const cpu::Program::Step& s : *steps) {
      if (s.kind != ResolvedStep::Kind::launch) continue;
      RIDGE_CHECK(s.arguments <= cpu::most_arguments, "a launch has no more arguments than there is room for");
      RIDGE_CHECK(s.first_argument + s.arguments <= p.arguments.size(), "a launch's arguments are there");
    }
}

void cuda_program(std::string_view bytes) {
  const auto words = words_of(bytes);
  cuda::Program p;
  if (!cuda::decode(words.data(), words.size(), p)) return;
  const auto again = cuda::encode(p);
  cuda::Program q;
  RIDGE_CHECK(cuda::decode(again.data(), again.size(), q) && cuda::encode(q) == again, "a program comes back equal");
}

void oracle_message(std::string_view bytes) {
  oracle::Message m;
  if (!oracle::unpack(std::string(bytes), m)) return;
  oracle::Message again;
  const std::string packed = oracle::pack(m);
  RIDGE_CHECK(oracle::unpack(packed, again) && oracle::pack(again) == packed, "a message comes back equal");
}

void compile_message(std::string_view bytes) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return;
  const bool sent = send(ends[0], bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) == ssize_t(bytes.size());
  close(ends[0]);
  if (sent) (void)cuda::receive_message(ends[1], 1);
  close(ends[1]);
}

}  // namespace

// The first byte says whose message the rest is.
void messages(std::string_view input) {
  if (input.empty()) return;
  const std::string_view rest = input.substr(1);
  switch (input[0] % 4) {
    case 0:
      return cpu_program(rest);
    case 1:
      return cuda_program(rest);
    case 2:
      return oracle_message(rest);
    default:
      return compile_message(rest);
  }
}

void image(std::string_view input) {
  const auto bytes = std::as_bytes(std::span(input.data(), input.size()));
  for (const bool trusted : {false, true})
    if (const auto fault = cpu::inspect_image(bytes, trusted))
      RIDGE_CHECK(!fault->text.empty(), "a fault says something");
  (void)cpu::code_digests(bytes, 2, 1);
}

}  // namespace ridge::fuzz
