#include "evaluate/internal/poison.h"

#include <cstring>

namespace ridge {
namespace {

std::uint64_t mix(std::uint64_t x) {
  x = (x ^ x >> 32) * 0xD6E8FEB86659FD93ull;
  return x ^ x >> 32;
}

// One element as the type's memory holds it. Reals: sign, an exponent that gives 0.5 … 2, a random fraction. Integers:
// small.
std::uint64_t element(ScalarType type, std::uint64_t seed, std::uint64_t index) {
  const std::uint64_t r = mix(seed + index * 0x9E3779B97F4A7C15ull);
  switch (type) {
    case ScalarType::f64:
      return (r & 0x800FFFFFFFFFFFFFull) | (0x3FE0ull + (r >> 20 & 0x10)) << 48;
    case ScalarType::f32:
      return (r & 0x807FFFFFull) | (0x3F000000ull + (r >> 9 & 0x00800000ull));
    case ScalarType::f16:
      return (r & 0x83FFull) | 0x3800ull;
    case ScalarType::bf16:
      return (r & 0x807Full) | 0x3F00ull;
    case ScalarType::fp8:
      return (r & 0x87ull) | 0x30ull;
    case ScalarType::boolean:
      return r & 1;
    case ScalarType::i8:
    case ScalarType::u8:
      return r & 0x7F;
    case ScalarType::i16:
    case ScalarType::u16:
    case ScalarType::i32:
    case ScalarType::u32:
    case ScalarType::i64:
    case ScalarType::u64:
      return r & 0x3FFF;
  }
  return 0;
}

}  // namespace

void poison(std::span<std::byte> bytes, ScalarType type, std::uint64_t seed) {
  const std::size_t size = size_of(type);
  for (std::uint64_t i = 0; (i + 1) * size <= bytes.size(); ++i) {
    const std::uint64_t v = element(type, seed, i);
    std::memcpy(bytes.data() + i * size, &v, size);
  }
}

std::uint64_t still_poisoned(std::span<const std::byte> bytes, ScalarType type, std::uint64_t seed) {
  const std::size_t size = size_of(type);
  std::uint64_t same = 0;
  for (std::uint64_t i = 0; (i + 1) * size <= bytes.size(); ++i) {
    const std::uint64_t v = element(type, seed, i);
    same += std::memcmp(bytes.data() + i * size, &v, size) == 0;
  }
  return same;
}

}  // namespace ridge
