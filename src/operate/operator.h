// Operators make new candidates. They see the task, the parents that a policy chose and the archive; they never see the
// evaluator (an operator with an inner loop asks through the Judge port), and they store nothing.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/settings.h"
#include "model/archive.h"
#include "model/judge.h"

namespace ridge {

struct OperatorContext {
  const ArchiveView& archive;
  Judge* judge = nullptr;          // none: this session lends no inner loop
  const Scope& device;             // dev.*; the same for the operator's whole life
  Dialect dialect = Dialect::cpp;  // of the device that the drafts are for
  std::string_view mode = {};      // one of the operator's modes, as the policy decided; empty: its first
  Settings settings = {};          // of the mode, where it has any
  std::uint64_t seed = 1;          // the run's
};

// One instance serves one run; it may keep what it can find again (a cursor, a parsed template), so a resumed run needs
// no state of it.
class Operator {
 public:
  virtual ~Operator() = default;
  virtual std::string_view name() const = 0;
  // At most `wanted` drafts, none of which is in the archive or twice in the answer; none when there is nothing new.
  // The caller appends what it accepts before it asks again. An Error is the task's or the world's fault.
  virtual Result<std::vector<Draft>> propose(const Task& task, std::span<const Record* const> parents,
                                             const OperatorContext& context, Rng& rng, std::size_t wanted) = 0;
};

struct OperatorMode {
  std::string_view name, description;
};
struct OperatorRow {
  std::string_view name, description;
  std::span<const OperatorMode> modes;  // empty: it has but one
  std::unique_ptr<Operator> (*make)();
};
// Every operator of this build. A new one is a file pair and a row.
std::span<const OperatorRow> operators();
Result<std::unique_ptr<Operator>> make_operator(std::string_view name);

}  // namespace ridge
