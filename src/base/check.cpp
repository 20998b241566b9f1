#include <cstdio>
#include <cstdlib>

#include "base/result.h"

namespace ridge {

void check_failed(const char* condition, const char* file, int line, const std::string& note) {
  std::fprintf(stderr, "ridgeline: internal error at %s:%d: %s does not hold: %s\n", file, line, condition,
               note.c_str());
  std::abort();
}

}  // namespace ridge
