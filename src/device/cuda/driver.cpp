#include "device/cuda/internal/driver.h"

#include <cstdlib>
#include <type_traits>

#include <dlfcn.h>

namespace ridge::cuda {

Result<Driver> Driver::open() {
  const char* named = std::getenv("RIDGELINE_CUDA_DRIVER");
  const char* file = named && *named ? named : "libcuda.so.1";
  void* library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (!library) return world("no CUDA driver: {}", dlerror());
  Driver d;
#define X(member, symbol, ...)                                                           \
  d.member = reinterpret_cast<std::add_pointer_t<__VA_ARGS__>>(dlsym(library, #symbol)); \
  if (!d.member) return world("{} has no {}: a driver of CUDA 12 or later is needed", file, #symbol);
  RIDGE_CUDA_DRIVER(X)
#undef X
  return d;
}

std::string Driver::describe(Status status) const {
  const char *name = nullptr, *text = nullptr;
  if (error_name(status, &name) != success || !name) name = "unknown error";
  if (error_string(status, &text) != success || !text) text = "";
  return fmt::format("{} ({}): {}", name, status, text);
}

}  // namespace ridge::cuda
