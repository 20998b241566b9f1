// NVRTC, the compiler of CUDA C++ that is a library, opened at run time and never in the parent: it reads strangers'
// sources.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"

namespace ridge::cuda {

// X(member, symbol, type)
#define RIDGE_NVRTC(X)                                                                                              \
  X(version, nvrtcVersion, int(int*, int*))                                                                         \
  X(create, nvrtcCreateProgram, int(void**, const char*, const char*, int, const char* const*, const char* const*)) \
  X(destroy, nvrtcDestroyProgram, int(void**))                                                                      \
  X(compile, nvrtcCompileProgram, int(void*, int, const char* const*))                                              \
  X(log_size, nvrtcGetProgramLogSize, int(void*, std::size_t*))                                                     \
  X(log, nvrtcGetProgramLog, int(void*, char*))                                                                     \
  X(cubin_size, nvrtcGetCUBINSize, int(void*, std::size_t*))                                                        \
  X(cubin, nvrtcGetCUBIN, int(void*, char*))                                                                        \
  X(error_string, nvrtcGetErrorString, const char*(int))

struct Nvrtc {
#define X(member, symbol, ...) std::add_pointer_t<__VA_ARGS__> member = nullptr;
  RIDGE_NVRTC(X)
#undef X
  std::string path;  // of the library
  int major = 0, minor = 0;
  // `file`: a path. Empty: RIDGELINE_NVRTC, the loader's own search, then the usual places of a toolkit.
  static Result<Nvrtc> open(const std::string& file = "");

  // Status 0: right, `cubin` holds the program. The log holds messages and what the assembler reported.
  struct Output {
    int status = 0;
    std::string log, cubin;
  };
  Output run(const std::string& source, const std::string& name, const std::vector<std::string>& options) const;
};

// Where a toolkit's libraries may stand.
std::vector<std::string> library_folders();

// Folders with the toolkit's headers for device code (cuda_fp16.h, cooperative_groups.h, cuda/std/…) near this library;
// none if there are none. RIDGELINE_CUDA_INCLUDE names
// others, divided by colons.
std::vector<std::string> device_headers(const std::string& nvrtc);

}  // namespace ridge::cuda
