// The device that touches nothing: "programs" are costs computed from source and macros, time is simulated, noise is
// synthetic. Its kernels write zeros to everything that their plan lets them write, so a task whose answers are zeros
// runs through every real stage. Searches on it take milliseconds and replay exactly.
#pragma once

#include <functional>
#include <memory>

#include "base/random.h"
#include "device/device.h"

namespace ridge::null {

// All in natural-log units of time unless said otherwise.
struct NoiseModel {
  double sample = 0.005;       // each burst
  double process = 0.003;      // one value per lane: layout, allocation
  double drift_step = 0.0005;  // random walk of the whole machine, per burst
  double step_chance = 0.0;    // chance per burst that the machine's speed jumps …
  double step_size = 0.1;      // … by up to this much
  double favour = 0.0;         // every second lane is slower by this much: a duel that favours one of its sides
};
struct NullSettings {
  std::uint64_t seed = 1;
  NoiseModel noise;
  // True seconds of one call; the default hashes macros into 0.5 … 2 ms, the same for equal macros and for any comment
  // in the source.
  std::function<double(const CompileJob&)> seconds;
  // Recorded seconds of single calls: a burst takes as long as one of them by chance. None, or an empty answer:
  // `seconds`.
  std::function<std::vector<double>(const CompileJob&)> runs;
  // What a program does wrong, none for most: a fault on its first call, or of the compiler.
  std::function<std::optional<Fault>(const CompileJob&)> fault;
  double compile_seconds = 0.05;
};

std::unique_ptr<Device> make_device(NullSettings settings);
std::unique_ptr<Backend> make_backend();

}  // namespace ridge::null
