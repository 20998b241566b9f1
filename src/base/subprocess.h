// Running a trusted helper program and collecting what it says (for confined programs see confine/).
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "base/result.h"

namespace ridge {

struct ProcessResult {
  int exit_code = -1;  // -1 when ended by a signal or the time limit
  int signal = 0;
  bool timed_out = false;
  std::string output;  // stdout and stderr together, cut at output_limit
  double seconds = 0;
  double cpu_seconds = 0;  // of the program and everything it waited for
};

struct ProcessSpec {
  std::vector<std::string> argv;         // argv[0] is looked up in PATH
  std::string folder;                    // working directory, empty = inherit
  std::vector<std::string> environment;  // additional NAME=value
  double time_limit_s = 60;
  std::size_t output_limit = 1 << 20;
  bool own_group = true;  // of processes; a test leaves it out to see what for
};

// The whole process group is killed when the limit is reached.
Result<ProcessResult> run_process(const ProcessSpec& spec);
// The wait status of a child once it has ended, however often a signal interrupts the wait.
int await_child(pid_t pid);
// Kills a child and the group that it leads, and waits for it; `pid` is -1 then. Nothing where there is none.
void end_child(pid_t& pid);
// Absolute path of a program in PATH, or empty.
std::string find_program(const std::string& name);

// A folder under $TMPDIR (or /tmp) that is removed with everything in it at the end of its scope.
class TempDir {
 public:
  static Result<TempDir> make(const std::string& purpose);
  TempDir(TempDir&& other) noexcept;
  TempDir& operator=(TempDir&& other) noexcept;
  ~TempDir();
  const std::string& path() const { return path_; }

 private:
  explicit TempDir(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace ridge
