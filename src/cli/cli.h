// The command line. `run_cli` is the whole program; everything it prints goes to two streams, so that tests need no
// process.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

namespace ridge {

struct Terminal {
  std::ostream& out;
  std::ostream& err;
  bool live = false;        // a person watches: a line may overwrite itself
  std::size_t columns = 0;  // 0 = no limit
};

// `arguments` without the program's name. The answer is the exit status: 0 done (also when nothing better was found), 1
// the candidate was not accepted or a check failed, 2 usage, 3 the world or a file somebody wrote.
int run_cli(const std::vector<std::string>& arguments, Terminal& terminal);
int run_cli(int argc, char** argv);

}  // namespace ridge
