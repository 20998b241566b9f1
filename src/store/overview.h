// What a run folder holds, told without replaying it: a list of runs must be quick, and one broken folder must not hide
// the others. Nothing is written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace ridge {

struct RunOverview {
  enum class State : std::uint8_t {
    running,      // a process holds its lock
    finished,     // its last event says so
    interrupted,  // stopped by a signal, or its process ended without a word: `ridgeline resume` goes on with it
    broken        // cannot be read; `fault` says why
  };
  std::string folder;
  State state = State::broken;
  std::string fault;
  std::string started_json;  // of run_started: spec and environment; empty when the run was killed before
  std::string summary_json;  // of the last run_stopped
  std::string last_time;     // wall clock of the last event
  double elapsed_s = 0;      // active search time
  std::int64_t events = 0, evaluations = 0, promotions = 0;
  std::uint64_t bytes = 0;  // of all files in the folder
};
std::string_view name(RunOverview::State state);  // "running", …
// True: a run that has something to go on with.
bool resumable(const RunOverview& run);

RunOverview overview(const std::string& folder);
// Folders directly under `root` that hold a run or the rest of one (a database, a lock or a summary), the one written
// last first.
std::vector<std::string> run_folders(const std::string& root);

}  // namespace ridge
