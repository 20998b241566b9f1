// What a compiled program tells without a GPU: its kernels, what they need, and whether it is one at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/hash.h"

namespace ridge::cuda {

struct KernelFacts {
  std::uint64_t code_bytes = 0;
  int registers = 0;  // per thread
  std::uint64_t shared_bytes = 0, stack_bytes = 0, spill_bytes = 0;
};
struct Cubin {
  std::map<std::string, KernelFacts> kernels;  // entry functions by name, code_bytes filled in
  std::uint64_t global_bytes = 0;              // writable variables of the module: state between calls
  Digest code{};  // of everything but debug information and notes: equal for equal machine code and data
};
// None when the bytes are not an ELF file of machine code for a GPU.
std::optional<Cubin> read_cubin(std::span<const std::byte> image);

// Adds what the assembler said of each kernel ("ptxas info : Used 30 registers, …").
void read_resources(std::string_view log, std::map<std::string, KernelFacts>& kernels);

}  // namespace ridge::cuda
