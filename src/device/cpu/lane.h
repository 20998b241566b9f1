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
Result<Judged<std::unique_ptr<Lane>>> open_lane(const LaneHost& host, const LaneSpec& spec);

}  // namespace ridge::cpu
