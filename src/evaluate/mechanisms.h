// Switches for what makes an evaluation hard to deceive, so that tests can show of each mechanism that something passes
// without it. They exist for tests alone: nothing outside tests/ turns one off.
#pragma once

#include <array>
#include <string_view>

namespace ridge {

// X(name, what is missing when it is off)
#define RIDGE_MECHANISMS(X)                                                               \
  X(changing_draws, "every call on a workload gets the same inputs")                      \
  X(changing_addresses, "every call of a process finds its buffers at the same place")    \
  X(plausible_poison, "outputs and scratch hold NaN before a call")                       \
  X(canaries, "writes beside a buffer are not looked for")                                \
  X(all_outputs, "only the first output is compared")                                     \
  X(inputs_compared, "inputs are not looked at after a call")                             \
  X(timed_calls, "no call of a duel is verified")                                         \
  X(repeats, "no input is given twice")                                                   \
  X(idle_check, "nobody looks whether threads work on after a call")                      \
  X(floor, "any time is believed")                                                        \
  X(ghost_replay, "plans are not tried without their kernels")                            \
  X(sensitivity, "no operand is changed alone")                                           \
  X(relations, "relations that the task declares are not tried")                          \
  X(precision_reason, "a wrong result is not looked at for signs of a lower precision")   \
  X(hidden_draws, "the published workloads stand in for every drawn and hidden workload") \
  X(sanitizers, "champions do not run under sanitizers")

struct MechanismSwitches {
#define X(name, text) bool name = true;
  RIDGE_MECHANISMS(X)
#undef X
  // The switch of that name, or null.
  bool* find(std::string_view name) {
#define X(e, text) \
  if (name == #e) return &e;
    RIDGE_MECHANISMS(X)
#undef X
    return nullptr;
  }
};

inline constexpr std::array mechanism_switches = {
#define X(name, text) std::string_view(#name),
    RIDGE_MECHANISMS(X)
#undef X
};

}  // namespace ridge
