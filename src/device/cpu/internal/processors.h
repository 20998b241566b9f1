// Which processors the parent and its lanes stand on.
//
// While a lane runs, the parent spins beside it and holds the watch. Left to itself the system sometimes puts both on
// one processor (each wakes the other, and "near the waker" looks cheap); a call of a microsecond then waits for the
// scheduler's tick, four milliseconds. So where a processor is left over, it is the parent's.
#pragma once

#include <sched.h>

namespace ridge::cpu {

struct Processors {
  bool split = false;   // there is one to spare
  cpu_set_t watch{};    // the parent's, while a lane runs: the last one that this process may use
  cpu_set_t kernels{};  // all others
};
// Of what this process was allowed when it was first asked.
const Processors& processors();

// This thread stands on `set` as long as the value lives; null: nothing changes. Threads and processes that are made
// meanwhile inherit it.
class StandOn {
 public:
  explicit StandOn(const cpu_set_t* set);
  ~StandOn();
  StandOn(const StandOn&) = delete;
  StandOn& operator=(const StandOn&) = delete;

 private:
  cpu_set_t before_{};
  bool changed_ = false;
};

}  // namespace ridge::cpu
