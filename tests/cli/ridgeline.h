// The program without its process: words in, status and texts out.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "cli/cli.h"

namespace ridge {

struct Said {
  int status = -1;
  std::string out, err;
};

inline Said ridgeline(const std::vector<std::string>& words) {
  std::ostringstream out, err;
  Terminal terminal{out, err, false, 0};
  const int status = run_cli(words, terminal);
  return {status, out.str(), err.str()};
}

}  // namespace ridge
