// What this machine has for CUDA, asked in a process of its own: opening the driver takes a good part of a second, and
// the parent should not hold it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "device/cuda/compiler.h"

namespace ridge::cuda {

struct GpuFacts {
  std::string name;
  int major = 0, minor = 0;
  int multiprocessors = 0, warp = 32, max_threads = 1024;
  std::uint64_t shared_optin = 0, l2_bytes = 0, memory_bytes = 0;
  bool clusters = false;
  std::map<std::string, std::string> state;  // nvml.h
};
struct MachineFacts {
  Toolkit toolkit;
  std::string driver_version;  // "13.0"; empty: none
  std::string driver_missing;
  std::string cupti, cupti_missing;  // path of CUPTI, or why there is none
  std::vector<GpuFacts> devices;
};
// Asked once for a process.
const MachineFacts& machine_facts();

// "sm_90a": with the suffix where a processor has instructions of its own.
std::string architecture_of(int major, int minor);
// What is known of an architecture by its name, for compiling without a device; none for names we do not know.
bool facts_of_architecture(const std::string& architecture, GpuFacts& facts);

}  // namespace ridge::cuda
