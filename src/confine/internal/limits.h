// One resource limit, soft and hard.
#pragma once

#include <cstdint>

#include <sys/resource.h>

namespace ridge {

inline void limit_resource(int what, std::uint64_t value) {
  const rlimit r{value, value};
  setrlimit(__rlimit_resource_t(what), &r);
}

}  // namespace ridge
