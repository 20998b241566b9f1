#include "evaluate/internal/poison.h"

#include <algorithm>
#include <cstring>

namespace ridge {
namespace {

// A 32-bit hash of the element's number under a 64-bit seed: two rounds of multiply and xor-shift, which every
// instruction set has for several elements at once.
inline std::uint32_t random_word(std::uint32_t low, std::uint32_t high, std::uint32_t index) {
  std::uint32_t x = index * 0x9E3779B9u + low;
  x = (x ^ x >> 16) * 0x7FEB352Du;
  x += high;
  x = (x ^ x >> 15) * 0x846CA68Bu;
  return x ^ x >> 16;
}

// One element as the type's memory holds it. Reals: sign, an exponent that gives 0.5 … 2, a random fraction. Integers:
// small.
template <ScalarType type>
inline auto element(std::uint32_t low, std::uint32_t high, std::uint32_t index) {
  const std::uint32_t r = random_word(low, high, index);
  if constexpr (type == ScalarType::f64) {
    const std::uint64_t more = random_word(high, ~low, index);
    return std::uint64_t((std::uint64_t(r) << 32 | more) & 0x800FFFFFFFFFFFFFull) | (0x3FE0ull + (r >> 16 & 0x10))
                                                                                        << 48;
  } else if constexpr (type == ScalarType::f32) {
    return std::uint32_t((r & 0x807FFFFFu) | (0x3F000000u + (r >> 1 & 0x00800000u)));
  } else if constexpr (type == ScalarType::f16) {
    return std::uint16_t((r & 0x83FFu) | 0x3800u);
  } else if constexpr (type == ScalarType::bf16) {
    return std::uint16_t((r & 0x807Fu) | 0x3F00u);
  } else if constexpr (type == ScalarType::fp8) {
    return std::uint8_t((r & 0x87u) | 0x30u);
  } else if constexpr (type == ScalarType::boolean) {
    return std::uint8_t(r & 1);
  } else if constexpr (type == ScalarType::i8 || type == ScalarType::u8) {
    return std::uint8_t(r & 0x7F);
  } else if constexpr (type == ScalarType::i16 || type == ScalarType::u16) {
    return std::uint16_t(r & 0x3FFF);
  } else if constexpr (type == ScalarType::i32 || type == ScalarType::u32) {
    return r & 0x3FFFu;
  } else {
    return std::uint64_t(r & 0x3FFFu);
  }
}

constexpr std::size_t block = 256;  // elements made at a time: they fit the nearest cache on their way to where they go

// Elements first … first + n of the sequence.
template <ScalarType type, class Word>
void make(Word* to, std::uint64_t seed, std::uint64_t first, std::size_t n) {
  const auto low = std::uint32_t(seed), high = std::uint32_t(seed >> 32) + std::uint32_t(first >> 32) * 0x9E3779B9u;
  for (std::size_t i = 0; i < n; ++i) to[i] = element<type>(low, high, std::uint32_t(first) + std::uint32_t(i));
}

// Visits the sequence block by block; `each` gets the elements, where they stand in memory and how many they are.
template <ScalarType type, class Each>
void blocks(std::size_t bytes, std::uint64_t seed, Each&& each) {
  using Word = decltype(element<type>(0, 0, 0));
  Word words[block];
  const std::size_t count = bytes / sizeof(Word);
  for (std::size_t at = 0; at < count; at += block) {
    const std::size_t n = std::min(block, count - at);
    make<type>(words, seed, at, n);
    each(words, at * sizeof(Word), n);
  }
}

template <class Each>
void blocks_of(ScalarType type, std::size_t bytes, std::uint64_t seed, Each&& each) {
  switch (type) {
#define RIDGE_CASE(t) \
  case ScalarType::t: \
    return blocks<ScalarType::t>(bytes, seed, each);
    RIDGE_CASE(f64)
    RIDGE_CASE(f32)
    RIDGE_CASE(f16)
    RIDGE_CASE(bf16)
    RIDGE_CASE(fp8)
    RIDGE_CASE(boolean)
    RIDGE_CASE(i8)
    RIDGE_CASE(u8)
    RIDGE_CASE(i16)
    RIDGE_CASE(u16)
    RIDGE_CASE(i32)
    RIDGE_CASE(u32)
    RIDGE_CASE(i64)
    RIDGE_CASE(u64)
#undef RIDGE_CASE
  }
}

}  // namespace

void poison(std::span<std::byte> bytes, ScalarType type, std::uint64_t seed) {
  blocks_of(type, bytes.size(), seed, [&](const auto* words, std::size_t at, std::size_t n) {
    std::memcpy(bytes.data() + at, words, n * sizeof(*words));
  });
}

std::uint64_t still_poisoned(std::span<const std::byte> bytes, ScalarType type, std::uint64_t seed) {
  std::uint64_t same = 0;
  blocks_of(type, bytes.size(), seed, [&](const auto* words, std::size_t at, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i)
      same += std::memcmp(bytes.data() + at + i * sizeof(*words), words + i, sizeof(*words)) == 0;
  });
  return same;
}

}  // namespace ridge
