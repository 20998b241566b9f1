#include "base/hash.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include <openssl/evp.h>

#include "base/result.h"

namespace ridge {

// EVP fails only when the library itself is broken or out of memory, so a failure is an invariant of ours.
struct Hasher::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() { RIDGE_CHECK(context && EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1, "SHA-256 is unavailable"); }
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  void raw(const void* data, std::size_t size) {
    RIDGE_CHECK(EVP_DigestUpdate(context, data, size) == 1, "SHA-256 update");
  }
  void length(std::uint64_t value) {
    // Bytes in a fixed order, so that identities agree between machines.
    std::uint8_t bytes[8];
    for (int i = 0; i < 8; ++i) bytes[i] = std::uint8_t(value >> (8 * i));
    raw(bytes, sizeof bytes);
  }
  Digest digest() const {
    // Finishing a copy keeps the hasher usable: digest() may be asked for between fields.
    State copy;
    RIDGE_CHECK(EVP_MD_CTX_copy_ex(copy.context, context) == 1, "SHA-256 copy");
    Digest out{};
    unsigned size = 0;
    RIDGE_CHECK(EVP_DigestFinal_ex(copy.context, out.data(), &size) == 1 && size == out.size(), "SHA-256 end");
    return out;
  }
};

Hasher::Hasher() : state_(new State) {}
Hasher::~Hasher() {
  delete state_;
}

Hasher& Hasher::field(std::string_view text) {
  return field(std::as_bytes(std::span(text.data(), text.size())));
}

Hasher& Hasher::field(std::span<const std::byte> bytes) {
  state_->length(bytes.size());
  state_->raw(bytes.data(), bytes.size());
  return *this;
}

Hasher& Hasher::field(std::uint64_t value) {
  state_->length(8);
  state_->length(value);
  return *this;
}

Digest Hasher::digest() {
  return state_->digest();
}

std::string hex(const Digest& digest, std::size_t characters) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (std::uint8_t byte : digest) {
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  out.resize(std::min(characters, out.size()));
  return out;
}

std::string short_id(char kind, const Digest& digest) {
  return std::string(1, kind) + ':' + hex(digest, 16);
}

Digest hash_bytes(std::span<const std::byte> bytes) {
  Digest out{};
  unsigned size = 0;
  RIDGE_CHECK(EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, EVP_sha256(), nullptr) == 1, "SHA-256");
  return out;
}

Digest hash_text(std::string_view text) {
  return hash_bytes(std::as_bytes(std::span(text.data(), text.size())));
}

namespace {

// One round is invertible in `word` (xor, odd multiplier, xor-shift), so a buffer that differs in a single word always
// has another fingerprint; only differences in several words can cancel, by chance of about 2^-64.
inline std::uint64_t fold_word(std::uint64_t lane, std::uint64_t word, std::uint64_t odd) {
  lane = (lane ^ word) * odd;
  return lane ^ (lane >> 29);
}

inline std::uint64_t word_at(const std::byte* p) {
  std::uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

}  // namespace

std::uint64_t fingerprint(std::span<const std::byte> bytes) {
  // Four lanes hide the latency of the multiplier; each has its own odd constant (digits of pi), so swapped words show.
  constexpr std::uint64_t odd[4] = {0x243f6a8885a308d3, 0x13198a2e03707345, 0xa4093822299f31d1, 0x082efa98ec4e6c89};
  std::uint64_t lane[4] = {odd[3], odd[2], odd[1], odd[0]};
  const std::byte* p = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 32; p += 32, left -= 32)
    for (int i = 0; i < 4; ++i) lane[i] = fold_word(lane[i], word_at(p + 8 * i), odd[i]);
  for (int i = 0; left > 0; ++i) {
    const std::size_t n = std::min<std::size_t>(left, 8);
    std::uint64_t word = 0;
    std::memcpy(&word, p, n);
    lane[i] = fold_word(lane[i], word, odd[i]);
    p += n;
    left -= n;
  }
  std::uint64_t out = fold_word(bytes.size(), odd[0], odd[1]);
  for (int i = 0; i < 4; ++i) out = fold_word(std::rotl(out, 23), lane[i], odd[i]);
  return fold_word(out, out >> 32, odd[2]);
}

}  // namespace ridge
