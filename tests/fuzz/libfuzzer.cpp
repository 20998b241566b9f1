// The program of tools/fuzz: the target is named in RIDGELINE_FUZZ.
#include <cstdio>
#include <cstdlib>

#include "targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ridge::fuzz::Target* const target = [] {
    const char* name = std::getenv("RIDGELINE_FUZZ");
    const auto* found = ridge::fuzz::target(name ? name : "");
    if (!found) {
      std::fprintf(stderr, "RIDGELINE_FUZZ names none of:");
      for (const auto& t : ridge::fuzz::targets()) std::fprintf(stderr, " %s", t.name.data());
      std::fprintf(stderr, "\n");
      std::exit(2);
    }
    return found;
  }();
  target->run({reinterpret_cast<const char*>(data), size});
  return 0;
}
