// A search without hardware: a task whose right answers are zeros, the oracle that knows it, and the policy that
// changes bytes but never work. Around the null device (which writes zeros and takes made-up times) they drive the real
// evaluator and session: a whole search takes milliseconds.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "device/null/null.h"
#include "evaluate/oracle.h"
#include "model/task.h"
#include "policy/policy.h"

namespace ridge::simulated {

struct Zeros {
  std::string seed_tune, template_tune;  // [tune] sections; without the second there is no template
  std::size_t scored = 1;                // workloads "w1", "w2", …
};
std::string zeros_toml(std::size_t scored);
std::shared_ptr<const Task> zeros_task(const Zeros& zeros);

class ZeroOracle : public Oracle {
 public:
  explicit ZeroOracle(std::shared_ptr<const Task> task) : task_(std::move(task)) {}
  Result<void> inputs(const Workload& workload, Draw& draw) override;
  Result<void> answers(const Workload& workload, Draw& draw) override;
  Result<double> metric(const Workload&, const Draw&, std::size_t, std::span<const std::byte>) override { return 0.0; }

 private:
  std::shared_ptr<const Task> task_;
};

// Nothing but operator `rename`, for ever: whatever a search claims under it comes from noise.
class RenamePolicy : public Policy {
 public:
  std::vector<Decision> plan(const ArchiveView&, std::size_t slots, Rng&) override;
};

// Sampling noise of 1 %, processes that differ by 0.5 %, a machine that drifts and now and then jumps.
null::NoiseModel restless();

// One search over pure noise on a simulated machine.
struct NullSearch {
  bool claimed = false;
  std::size_t promotions = 0, duels = 0, evaluations = 0;
};
Result<NullSearch> null_search(std::uint64_t seed, const null::NoiseModel& noise, std::int64_t evaluations = 40);

}  // namespace ridge::simulated
