// Arrays in NumPy's file format (versions 1.0 and 2.0, little endian, C order), so that anyone can compare an oracle
// with an implementation of their own. Files are somebody's: every field of a header is checked before a byte of data
// is read, and what a header claims never decides how much is allocated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kernel/types.h"

namespace ridge {

// "<f4", "|i1" … NumPy has no bf16 and fp8: their bits are written as "<u2" and "|u1", and the opaque kinds that
// ml_dtypes writes for them ("<V2", "|V1") are read too.
std::string_view npy_descr(ScalarType type);

struct NpyHeader {
  std::string descr;
  bool fortran_order = false;
  std::vector<std::uint64_t> shape;  // slowest dimension first
  std::size_t data_offset = 0;       // bytes before the data
};
// `bytes`: the beginning of a file, at least the header. An Error names the field.
Result<NpyHeader> parse_npy_header(std::string_view bytes);
// Magic, version 1.0 (2.0 where the text is too long for it) and the text, padded so that the data begins at a multiple
// of 64.
std::string npy_header(std::string_view descr, std::span<const std::uint64_t> shape);

// The elements of an array that must have exactly this type and shape. Complex numbers are accepted for a trailing
// dimension of 2 of f32 or f64. A bool that is neither 0 nor 1 is an Error. Messages begin with the path.
Result<std::vector<std::byte>> read_npy(const std::string& path, ScalarType type, std::span<const std::uint64_t> shape);
Result<void> write_npy(const std::string& path, std::string_view descr, std::span<const std::uint64_t> shape,
                       std::span<const std::byte> elements);

}  // namespace ridge
