// Content hashes (SHA-256). Identities of candidates, binaries and tasks are hashes of content, so equal content has
// equal identity.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ridge {

using Digest = std::array<std::uint8_t, 32>;

// Feeds length-prefixed fields, so that ("ab","c") and ("a","bc") differ.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  Hasher& field(std::string_view text);
  Hasher& field(std::span<const std::byte> bytes);
  Hasher& field(std::uint64_t value);
  Digest digest();

 private:
  struct State;
  State* state_;
};

std::string hex(const Digest& digest, std::size_t characters = 64);
// "c:9f3a…" and the like: a prefix letter and the first 16 hexadecimal digits.
std::string short_id(char kind, const Digest& digest);
Digest hash_bytes(std::span<const std::byte> bytes);
Digest hash_text(std::string_view text);
// Fast 64-bit fingerprint of memory, for comparing buffers before and after a call (not for identity).
std::uint64_t fingerprint(std::span<const std::byte> bytes);

}  // namespace ridge
