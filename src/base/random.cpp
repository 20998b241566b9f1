#include "base/random.h"

#include <bit>
#include <cerrno>
#include <cmath>
#include <numbers>

#include <sys/random.h>

#include "base/hash.h"
#include "base/result.h"

namespace ridge {

namespace {

std::uint64_t digest_word(const Digest& digest, int index) {
  std::uint64_t word = 0;
  for (int i = 7; i >= 0; --i) word = word << 8 | digest[std::size_t(8 * index + i)];
  return word;
}

__extension__ using Wide = unsigned __int128;

}  // namespace

Rng::Rng(std::uint64_t seed, std::string_view purpose, std::uint64_t index) {
  const Digest digest = Hasher().field("rng").field(seed).field(purpose).field(index).digest();
  for (int i = 0; i < 4; ++i) s_[i] = digest_word(digest, i);
  s_[0] |= std::uint64_t((s_[0] | s_[1] | s_[2] | s_[3]) == 0);  // all zero is the one state that never leaves itself
}

std::uint64_t Rng::bits() {
  const std::uint64_t out = std::rotl(s_[1] * 5, 7) * 9;
  const std::uint64_t carry = s_[1] << 17;
  s_[2] ^= s_[0];
  s_[3] ^= s_[1];
  s_[1] ^= s_[2];
  s_[0] ^= s_[3];
  s_[2] ^= carry;
  s_[3] = std::rotl(s_[3], 45);
  return out;
}

std::uint64_t Rng::below(std::uint64_t n) {
  RIDGE_CHECK(n > 0, "below(0) has no value");
  // The high word of bits()·n is nearly uniform; products whose low word is under 2^64 mod n are the surplus (Lemire
  // 2019).
  Wide product = Wide(bits()) * n;
  if (std::uint64_t(product) < n) {
    const std::uint64_t surplus = (0 - n) % n;
    while (std::uint64_t(product) < surplus) product = Wide(bits()) * n;
  }
  return std::uint64_t(product >> 64);
}

std::int64_t Rng::integer(std::int64_t from, std::int64_t to) {
  RIDGE_CHECK(from <= to, "empty range");
  const std::uint64_t count = std::uint64_t(to) - std::uint64_t(from) + 1;  // 0 means all 2^64 values
  return std::int64_t(std::uint64_t(from) + (count == 0 ? bits() : below(count)));
}

double Rng::unit() {
  return double(bits() >> 11) * 0x1p-53;
}

double Rng::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - unit()));  // 1 - unit() is never 0
  return radius * std::cos(2.0 * std::numbers::pi * unit());
}

Secret Secret::from_entropy() {
  Digest key{};
  std::size_t got = 0;
  while (got < key.size()) {
    const ssize_t n = getrandom(key.data() + got, key.size() - got, 0);
    RIDGE_CHECK(n > 0 || errno == EINTR, "the system gives no entropy");
    if (n > 0) got += std::size_t(n);
  }
  Secret out;
  out.key_.assign(key.begin(), key.end());
  return out;
}

Secret Secret::from_text(std::string_view text) {
  // What reveal() printed is the key itself; any other text is hashed to one.
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  std::string key;
  if (text.size() == 64)
    for (std::size_t i = 0; i < 64 && digit(text[i]) >= 0 && digit(text[i + 1]) >= 0; i += 2)
      key += char(digit(text[i]) * 16 + digit(text[i + 1]));
  if (key.size() != 32) {
    const Digest digest = hash_text(text);
    key.assign(digest.begin(), digest.end());
  }
  Secret out;
  out.key_ = std::move(key);
  return out;
}

std::uint64_t Secret::seed(std::string_view purpose, std::uint64_t counter) const {
  RIDGE_CHECK(key_.size() == 32, "an empty secret would give public draws");
  return digest_word(Hasher().field("secret").field(key_).field(purpose).field(counter).digest(), 0);
}

std::string Secret::commitment() const {
  return hex(Hasher().field("secret commitment").field(key_).digest());
}

std::string Secret::reveal() const {
  Digest digest{};
  for (std::size_t i = 0; i < key_.size() && i < digest.size(); ++i) digest[i] = std::uint8_t(key_[i]);
  return hex(digest);
}

}  // namespace ridge
