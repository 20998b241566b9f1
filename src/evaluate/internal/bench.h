// One candidate's lane with what surrounds a call: staging inputs and poison, running, reading back and comparing.
// Every stage of the evaluator is made of these calls, so phases look alike to the candidate.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "device/device.h"
#include "evaluate/compare.h"
#include "evaluate/draws.h"
#include "evaluate/internal/prepare.h"
#include "evaluate/mechanisms.h"
#include "model/evaluation.h"

namespace ridge {

struct Verified {
  double worst_error = 0, tolerance = 0;
};

// Seconds that went where, all benches together.
struct Effort {
  double compile_s = 0;  // wall time in which compilers were waited for
  double kernel_s = 0;   // inside the stamps of bursts, and waiting for a calm clock before them
  double check_s = 0;    // staging and verification
};

// How long the clock probe usually takes on this machine, lately: the lower quartile of the last ones. The best of them
// would be a moment of luck that every burst waits for.
class ClockProbe {
 public:
  void add(double seconds);
  double usual() const { return usual_; }  // 0 = none yet

 private:
  static constexpr std::size_t most = 64;
  std::vector<double> last_;
  std::size_t next_ = 0;
  double usual_ = 0;
};

// What a bench needs of its surroundings.
struct Place {
  const Task& task;
  Device& device;
  Draws& draws;
  Effort& effort;
  ClockProbe& probe;
  const MechanismSwitches& mechanisms;
};

class Bench {
 public:
  // Opens a lane with room for `sets` copies of the largest of these workloads' plans (at least one copy each).
  // `fresh`: in a process that no other candidate has used, for whatever decides.
  static Result<Judged<std::unique_ptr<Bench>>> open(Place place, Prepared& prepared,
                                                     const std::vector<const Workload*>& workloads, std::size_t sets,
                                                     std::uint32_t shift = 0, bool fresh = false);
  // One for count() alone: the workload's plan on one set, in a process that is never timed.
  static Result<Judged<std::unique_ptr<Bench>>> open_for_counting(Place place, Prepared& prepared,
                                                                  const Workload& workload);
  // `count` benches like the one that `open` would open are needed next. Nothing may be timed at this moment.
  static void expect(Place place, Prepared& prepared, const std::vector<const Workload*>& workloads, std::size_t sets,
                     int count, bool fresh = false);

  // Lays out the workload's plan with as many sets as there is room for, at most `wanted`; returns how many.
  Result<Judged<std::size_t>> choose(const Workload& workload, std::size_t wanted);
  // The `sets` it was opened with.
  std::size_t room() const { return room_; }
  // How long a burst may wait for a calm clock; not at all where nothing is timed, which is the default.
  void patience(double seconds) { patience_s_ = seconds; }
  // Inputs and poison into set `set`.
  Result<void> stage(std::size_t set, const std::shared_ptr<const Draw>& draw);
  Result<Judged<Burst>> run(std::size_t first, std::size_t count, double limit_s, bool cold = false);
  Result<Judged<Counted>> count(std::size_t set, const std::vector<std::string>& metrics, double limit_s) {
    return lane_->count(std::uint32_t(set), metrics, limit_s);
  }
  // Canaries, inputs untouched, outputs right. The draw must have answers.
  Result<Judged<Verified>> verify(std::size_t set);
  // The same for sets [0, count), on several cores where there are some: stops at the first fault.
  Result<Judged<std::vector<Verified>>> verify_all(std::size_t count);
  // Every output beside its answer, whatever it says: name and comparison. The draw must have answers.
  Result<std::vector<std::pair<std::string, Comparison>>> compare_outputs(std::size_t set);
  // A task buffer as it stands at the end of a run.
  Result<std::vector<std::byte>> output(std::size_t set, std::size_t buffer);
  // Canaries alone.
  Result<Judged<void>> inspect(std::size_t set);
  // Fingerprint of a set's outputs.
  Result<std::uint64_t> outputs_fingerprint(std::size_t set);
  Result<Judged<void>> idle_check() { return lane_->idle_check(); }
  std::string output(bool& cut) { return lane_->output(cut); }
  // Benches of this size are needed next, for whatever candidates: one has had the time to get ready since the last
  // call, another one begins. Nothing may be timed at this moment.
  void expect_another() { place_.device.expect(spec_, 2); }
  Prepared& prepared() { return prepared_; }

 private:
  using Opened = Judged<std::unique_ptr<Bench>>;
  static Result<Opened> open(Place place, Prepared& prepared, const LaneSpec& spec, std::size_t sets);
  Bench(Place place, Prepared& prepared) : place_(place), prepared_(prepared) {}
  // What a set holds after a run, in the task's order of buffers.
  using Contents = std::vector<std::vector<std::byte>>;
  Result<Judged<void>> gather(std::size_t set, Contents& contents);
  // Inputs untouched, outputs right. Touches nothing but what it is given, so several may run side by side.
  Result<Judged<Verified>> judge(std::size_t set, const Contents& contents);
  // `got` comes from output `buffer` of a set.
  Result<Comparison> compare_output(const Draw& draw, std::size_t buffer, std::span<const std::byte> got);
  struct Set {
    std::shared_ptr<const Draw> draw;
    std::uint64_t poison = 0;
  };
  Place place_;
  Prepared& prepared_;
  std::unique_ptr<Lane> lane_;
  LaneSpec spec_;  // without its binary
  std::size_t room_ = 1;
  double patience_s_ = 0;
  const Workload* workload_ = nullptr;
  const ResolvedPlan* plan_ = nullptr;
  MapScope scope_;
  std::vector<Set> sets_;
  std::vector<Contents> contents_;  // room that is used again
};

// Bytes one set of a plan takes in a lane, canaries and guards included (an upper bound that holds for every device).
std::uint64_t set_bytes(const ResolvedPlan& plan);

}  // namespace ridge
