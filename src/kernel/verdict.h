// Verdicts and typed reasons: the one table. A verdict says how far a candidate came; a reason says what stopped it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ridge {

// Ordered: a higher verdict came further.
enum class Verdict : std::uint8_t { rejected, compile_failed, launch_failed, crashed, timed_out, wrong_result, ok };
std::string_view name(Verdict v);
std::optional<Verdict> verdict_of(std::string_view name);

// X(enumerator, what a person reads)
#define RIDGE_REASONS(X)                                                                   \
  X(none, "nothing stopped it")                                                            \
  X(plan, "the plan is not valid for this task or device")                                 \
  X(flags, "a build flag is not in the task's allowed set")                                \
  X(too_large, "source, plan or buffers exceed a limit")                                   \
  X(load_time_code, "code would run while the program is loaded")                          \
  X(foreign_library, "it needs a library that candidates may not use")                     \
  X(compiler_error, "the compiler refused it")                                             \
  X(compiler_limit, "the compiler exceeded its time, memory or output limit")              \
  X(signature, "a kernel's signature does not fit the plan")                               \
  X(missing_kernel, "the plan launches a kernel that the source does not define")          \
  X(launch, "a launch was refused by the device")                                          \
  X(signal, "it was ended by a signal")                                                    \
  X(device_fault, "the device stopped it: an illegal access or instruction")               \
  X(exit, "it ended its process")                                                          \
  X(memory_limit, "it used more memory than allowed")                                      \
  X(forbidden_call, "it made a system call that kernels may not make")                     \
  X(time_limit, "it ran longer than allowed")                                              \
  X(late_work, "threads were still working after the call returned")                       \
  X(bounds, "it wrote outside a buffer")                                                   \
  X(unwritten, "outputs were left unwritten")                                              \
  X(not_finite, "outputs are not finite")                                                  \
  X(input_modified, "it modified an input")                                                \
  X(mismatch, "outputs differ from the oracle beyond the tolerance")                       \
  X(ignored_scalar, "it is right only for the usual value of a scalar")                    \
  X(hard_coded_size, "it is right only for the published sizes")                           \
  X(nondeterministic, "the same inputs gave different outputs, right ones and wrong ones") \
  X(lower_precision, "the error is that of a lower precision than declared")               \
  X(no_work, "without its kernels the plan alone gives the right answer")                  \
  X(relation, "outputs break a relation that the task declares")                           \
  X(below_floor, "it is faster than its compulsory memory traffic allows")                 \
  X(race, "a data race was found")                                                         \
  X(undefined_behaviour, "a sanitizer found undefined behaviour")                          \
  X(duplicate, "same binary and same resolved plan as an earlier candidate")

enum class Reason : std::uint8_t {
#define X(e, t) e,
  RIDGE_REASONS(X)
#undef X
};
std::string_view name(Reason r);  // "none" is written as null in JSON
std::string_view describe(Reason r);
std::optional<Reason> reason_of(std::string_view name);

// The candidate's fault, found anywhere on its way.
struct Fault {
  Verdict verdict = Verdict::ok;
  Reason reason = Reason::none;
  std::string stage;  // admit, compile, load, smoke, check, screen, duel, confirm, gate
  std::string text;   // facts for a person or an operator; may name a file and line of the candidate
};

}  // namespace ridge
