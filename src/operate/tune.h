// Moves in the parameter space of one source: that of a parent, or of the task's template when no parent is given. Each
// optimiser is a mode; it is told everything that the archive knows of the source, in order, so a resumed run has it
// back.
#pragma once

#include <array>
#include <map>
#include <string>

#include "operate/internal/base.h"
#include "operate/operator.h"
#include "optimise/optimiser.h"

namespace ridge {

class Tune : public Operator {
 public:
  static std::span<const OperatorMode> modes();
  std::string_view name() const override { return "tune"; }
  Result<std::vector<Draft>> propose(const Task& task, std::span<const Record* const> parents,
                                     const OperatorContext& context, Rng& rng, std::size_t wanted) override;

 private:
  // An optimiser over one source, and how much of the archive it was told.
  struct Search {
    std::unique_ptr<Optimiser> optimiser;
    std::size_t seen = 0;
    std::array<std::size_t, std::size_t(Verdict::ok) + 1> verdicts{};
  };
  Result<std::vector<Draft>> optimise(const OptimiserRow& row, const Task& task, const Origin& origin,
                                      const OperatorContext& context, Rng& rng, std::size_t wanted);
  Result<void> restart(Search& search, const OptimiserRow& row, const Origin& origin, const OperatorContext& context);
  static void tell(Search& search, const Origin& origin, const ArchiveView& archive);

  Bases bases_;
  std::map<std::pair<std::string, std::string>, Search> searches_;  // by mode and source
};

}  // namespace ridge
