// What a candidate's machine code is, told from the compiler's object file: two candidates with equal code and data are
// equal here, whatever they are called and whichever other candidates stand in the same file.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/hash.h"

namespace ridge::cpu {

// `object` was compiled with a section for each function and each object, and ends with an entry table (glue.h) of
// `candidates` × `kernels` callers. For each candidate: everything that its callers reach, section by section in the
// order in which relocations first name them, with those relocations resolved to what they point at: to such a
// section's number, to a pooled constant's content, or to a foreign symbol's name. None when the file is not of that
// form.
std::optional<std::vector<Digest>> code_digests(std::span<const std::byte> object, std::size_t candidates,
                                                std::size_t kernels);

}  // namespace ridge::cpu
