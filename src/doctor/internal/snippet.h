// A few lines of kernel of the doctor's own in a lane, without any task: what becomes of it?
#pragma once

#include <memory>
#include <string>

#include "device/device.h"

namespace ridge {

// `body` sees `unsigned char* p` (`bytes` of them) and `int n`; `head` stands before the function.
struct Snippet {
  std::string body, head = {};
  std::uint64_t bytes = 4096;
  std::uint64_t memory_limit = 256ull << 20;
  int workers = 1;
};

class OpenSnippet {
 public:
  // The compiler's word on it is an outcome too: a Fault.
  static Result<Judged<std::unique_ptr<OpenSnippet>>> open(Device& device, const Snippet& snippet,
                                                           std::uint32_t sets = 1);
  Result<Judged<Burst>> run(double time_limit_s, std::uint32_t count = 1) { return lane_->run(0, count, time_limit_s); }

 private:
  Binary binary_;
  std::unique_ptr<Lane> lane_;
};

}  // namespace ridge
