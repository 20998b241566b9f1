// Calls of vendor libraries that a task's own baseline may make in a kernel's place: opened at run time, in the lane
// worker, and only where the baseline links them. A baseline's source defines an empty kernel of the same name, so that
// plan and signature are checked like everybody's.
//
//   cublas_sgemm(const float* a, const float* b, float* c, int m, int n, int k)   C = A B, row-major, no tensor cores
//   cublas_sdot(const float* x, const float* y, float* out, int n)
//   cufft_c2c(const float* in, float* out, int n)                                 forward transform of a cube
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "device/cuda/internal/driver.h"

namespace ridge::cuda {

// Arguments as a kernel would get them; an empty answer is success. `prepare` does what need not be timed and may wait
// for the device: it is asked before every call, in vain if there is nothing to do.
struct LibraryCall {
  std::function<std::string(const std::vector<std::uint64_t>& arguments, Handle stream)> prepare, call;
  explicit operator bool() const { return call != nullptr; }
};
// None for names that are kernels like others; an Error when the library is missing.
Result<LibraryCall> library_call(const std::string& kernel);

}  // namespace ridge::cuda
