// The parent's side of a lane: starts the worker, keeps the clock, freezes it while outputs are read.
#pragma once

#include <memory>
#include <string>

#include "device/device.h"

namespace ridge::cpu {

struct LaneHost {
  std::string worker;  // path of ridgeline-worker
  int cores = 1;
  std::uint64_t last_cache_bytes = 32ull << 20;
};

// Opens lanes, each a new process, and keeps a few processes that are ready but for their candidate: starting one takes
// milliseconds, giving it a candidate a fraction of one. A process that has had a candidate never gets another. Used by
// one thread: the system ends a worker together with the thread that started it.
class Lanes {
 public:
  explicit Lanes(LaneHost host);
  ~Lanes();
  Result<Judged<std::unique_ptr<Lane>>> open(const LaneSpec& spec);
  void expect(const LaneSpec& spec, int count);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ridge::cpu
