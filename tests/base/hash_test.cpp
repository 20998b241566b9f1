#include "base/hash.h"

#include <set>

#include <gtest/gtest.h>

#include "base/random.h"

namespace ridge {
namespace {

TEST(Hash, KnownAnswers) {
  EXPECT_EQ(hex(hash_text("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(hash_text("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(short_id('c', hash_text("abc")), "c:ba7816bf8f01cfea");
}

TEST(Hash, FieldsDoNotRunTogether) {
  std::set<Digest> seen;
  seen.insert(Hasher().field("ab").field("c").digest());
  seen.insert(Hasher().field("a").field("bc").digest());
  seen.insert(Hasher().field("abc").digest());
  seen.insert(Hasher().field("abc").field("").digest());
  seen.insert(Hasher().digest());
  EXPECT_EQ(seen.size(), 5u);
  Hasher h;
  h.field("a");
  EXPECT_EQ(h.digest(), h.digest());
  const Digest before = h.digest();
  h.field(std::uint64_t(7));
  EXPECT_NE(h.digest(), before);
}

TEST(Fingerprint, SeesEveryBitAndEveryLength) {
  Rng rng(3, "fingerprint");
  std::vector<std::byte> data(203);
  for (auto& b : data) b = std::byte(rng.below(256));
  std::set<std::uint64_t> seen{fingerprint(data)};
  for (std::size_t bit = 0; bit < 8 * data.size(); ++bit) {
    data[bit / 8] ^= std::byte(1u << bit % 8);
    seen.insert(fingerprint(data));
    data[bit / 8] ^= std::byte(1u << bit % 8);
  }
  EXPECT_EQ(seen.size(), 1 + 8 * data.size());
  std::set<std::uint64_t> lengths;
  const std::vector<std::byte> zeros(300);
  for (std::size_t n = 0; n <= zeros.size(); ++n) lengths.insert(fingerprint(std::span(zeros).first(n)));
  EXPECT_EQ(lengths.size(), zeros.size() + 1);
}

TEST(Fingerprint, SeesSwappedWords) {
  std::vector<std::uint64_t> words(64);
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = i * i + 1;
  const auto print = [&] { return fingerprint(std::as_bytes(std::span(words))); };
  std::set<std::uint64_t> seen{print()};
  std::size_t pairs = 1;
  for (std::size_t i = 0; i < words.size(); ++i)
    for (std::size_t j = i + 1; j < words.size(); ++j, ++pairs) {
      std::swap(words[i], words[j]);
      seen.insert(print());
      std::swap(words[i], words[j]);
    }
  EXPECT_EQ(seen.size(), pairs);
}

}  // namespace
}  // namespace ridge
