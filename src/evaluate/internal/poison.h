// What outputs and scratch hold before a call: random values of the buffer's own kind and size, so that a kernel cannot
// tell them from results, and a checker can tell an element that was never written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernel/types.h"

namespace ridge {

void poison(std::span<std::byte> bytes, ScalarType type, std::uint64_t seed);
// Elements of `bytes` that still hold exactly what poison() with this seed wrote.
std::uint64_t still_poisoned(std::span<const std::byte> bytes, ScalarType type, std::uint64_t seed);

}  // namespace ridge
