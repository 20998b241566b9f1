// Messages between the parent and an oracle worker: a length, then fields in order. Buffers' bytes lie in a shared
// memory file at the offsets that the message names.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace ridge::oracle {

inline constexpr int data_fd = 3, reply_fd = 4;
inline constexpr std::uint64_t data_bytes = 16ull << 30;  // sparse: only what is written exists

enum class Request : std::uint32_t { inputs = 1, answers = 2, metric = 3 };

struct Buffer {
  std::string name;
  std::uint32_t type = 0;  // ridge::ref::Type = ridge::ScalarType
  std::vector<std::uint64_t> shape;
  std::uint64_t count = 0;
  std::uint64_t offset = 0;  // in the data file
};
struct Scalar {
  std::string name;
  bool real = false;
  std::int64_t integer = 0;
  double value = 0;
};
struct Message {
  Request request = Request::inputs;
  std::uint64_t seed = 0;
  std::vector<Buffer> inputs, outputs;  // metric: outputs[0] = got, outputs[1] = expected
  std::vector<Scalar> scalars;
};
struct Reply {
  std::uint32_t good = 0;
  double value = 0;
};

std::string pack(const Message& m);
bool unpack(const std::string& bytes, Message& m);

}  // namespace ridge::oracle
