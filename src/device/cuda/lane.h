// The parent's side of lanes: starts workers, keeps the clock, replaces a worker whose context is lost.
#pragma once

#include <memory>
#include <string>

#include "device/device.h"

namespace ridge::cuda {

struct LaneHost {
  std::string worker;  // path of ridgeline-worker
  int device = 0;
  int cores = 1;
  std::shared_ptr<const std::vector<std::byte>> support;  // our own kernels, compiled for the device
  std::string kind = "cuda-lane";                         // of the worker: what counts is "cuda-profile"
};

// Opens lanes. A worker that served a candidate without a fault may serve another one, unless a fresh one is asked for:
// making a context takes a good part of a second. Used by one thread.
class Lanes {
 public:
  explicit Lanes(LaneHost host);
  ~Lanes();
  Result<Judged<std::unique_ptr<Lane>>> open(const LaneSpec& spec);
  void expect(const LaneSpec& spec, int count);

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace ridge::cuda
