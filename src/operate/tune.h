// Moves in the parameter space of one source: that of a parent, or of the task's template when no parent is given.
#pragma once

#include "operate/internal/base.h"
#include "operate/operator.h"

namespace ridge {

class Tune : public Operator {
 public:
  static std::span<const OperatorMode> modes();
  std::string_view name() const override { return "tune"; }
  Result<std::vector<Draft>> propose(const Task& task, std::span<const Record* const> parents,
                                     const OperatorContext& context, Rng& rng, std::size_t wanted) override;

 private:
  Bases bases_;
};

}  // namespace ridge
