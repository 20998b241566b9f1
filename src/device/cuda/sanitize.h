// compute-sanitizer over a champion's plans: addresses, races in shared memory, misuse of barriers, memory that was
// never written.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "device/device.h"

namespace ridge::cuda {

struct SanitizerHost {
  std::string program;  // path of compute-sanitizer; empty: none here
  std::string worker;
  int device = 0;
  std::shared_ptr<const std::vector<std::byte>> support;  // our own kernels
};

// Path of compute-sanitizer, or empty.
std::string find_sanitizer();

Result<std::vector<SanitizerFinding>> sanitize(const SanitizerHost& host, const Binary& binary,
                                               const SanitizerJob& job);

// What one tool's output says: nothing, or what was found in one line. For tests.
std::string first_finding(const std::string& output);

}  // namespace ridge::cuda
