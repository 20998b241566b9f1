// The program as a function: what it prints and how it ends.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "cli/cli.h"

namespace ridge {

struct Outcome {
  int status = -1;
  std::string out, err;
};

inline Outcome ridgeline(const std::vector<std::string>& words) {
  std::ostringstream out, err;
  Terminal terminal{out, err, false, 0};
  Outcome o;
  o.status = run_cli(words, terminal);
  o.out = out.str();
  o.err = err.str();
  return o;
}

}  // namespace ridge
