// Where draws come from. Two sources with disjoint secret streams:
//   window   draws with answers for screening, private to this process: every candidate's process sees each of them at
//   most once, the
//            oldest is replaced as evaluations go on, at a rate that keeps oracles from dominating;
//   fresh    draws that nothing has seen before: duels, confirmation, gate.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "evaluate/oracle.h"

namespace ridge {

class Draws {
 public:
  // `clock` tells what an answer costs, and so how many are kept; on a simulated one they cost nothing and a run
  // replays. None: the real one.
  Draws(Oracle& oracle, Secret secret, const Clock* clock = nullptr)
      : oracle_(oracle), secret_(std::move(secret)), clock_(clock) {}

  // The window of a workload, in a secret order that is new each time. All have answers. At least 3, more where they
  // are cheap: at most `most`, 96 MiB and one second of oracle.
  Result<std::vector<std::shared_ptr<const Draw>>> window(const Workload& workload, std::size_t most);
  // After an evaluation: replaces what has served long enough. `credit_s`: what may be spent on it, saved up from one
  // evaluation to the next where a draw costs more.
  Result<void> renew(const Workload& workload, double credit_s);

  // Off: fresh draws of a workload are all the same one (MechanismSwitches).
  void changing(bool on) { changing_ = on; }

  // The workload will not be asked for again.
  void forget(const Workload& workload) { windows_.erase(workload.name); }

  // Inputs only; ask `answer` for those that get verified.
  Result<std::shared_ptr<Draw>> fresh(const Workload& workload, const std::string& purpose);
  // Many at once, for several workloads: the answer is in the order of `wanted`.
  struct Wanted {
    const Workload* workload = nullptr;
    std::size_t count = 0;
  };
  Result<std::vector<std::vector<std::shared_ptr<Draw>>>> fresh(const std::vector<Wanted>& wanted,
                                                                const std::string& purpose);
  Result<void> answer(const Workload& workload, Draw& draw);
  // The draw of a seed that was recorded, with its answers.
  Result<std::shared_ptr<Draw>> replay(const Workload& workload, std::uint64_t seed);

  // The name under which a purpose's seeds are derived from the secret.
  static std::string stream(const std::string& purpose);

  // A number for poison, choices of calls to verify, sides that go first …: secret, never repeated.
  std::uint64_t secret_number() { return secret_.seed("choice", ++choices_); }
  std::uint64_t seed(const std::string& purpose, std::uint64_t counter) const { return secret_.seed(purpose, counter); }
  const Secret& secret() const { return secret_; }
  Oracle& oracle() { return oracle_; }
  double seconds_spent() const { return spent_s_; }

 private:
  struct Window {
    std::deque<std::shared_ptr<const Draw>> draws;
    std::size_t size = 0;
    double cost_s = 0;    // of one draw with its answer
    double credit_s = 0;  // oracle time earned by evaluations since the last renewal
    std::uint64_t uses = 0;
  };
  Result<std::shared_ptr<const Draw>> make(const Workload& workload, Window& window);
  // So that there are `wanted` in the window.
  Result<void> fill(const Workload& workload, Window& window, std::size_t wanted);
  Result<std::shared_ptr<Draw>> of_seed(const Workload& workload, std::uint64_t seed);

  double now() const;

  Oracle& oracle_;
  Secret secret_;
  const Clock* clock_;
  std::map<std::string, Window> windows_;
  std::uint64_t next_seed(const std::string& purpose) {
    return changing_ ? secret_.seed(stream(purpose), ++counter_) : secret_.seed(stream("one"), 1);
  }
  std::uint64_t counter_ = 0, choices_ = 0;
  bool changing_ = true;
  double spent_s_ = 0;
};

}  // namespace ridge
