// The null operator: a candidate whose bytes differ and whose work does not. Whatever is measured between it and its
// parent is noise, so tests and the noise self-test use it; a search does not.
#pragma once

#include "operate/internal/base.h"
#include "operate/operator.h"

namespace ridge {

class Rename : public Operator {
 public:
  std::string_view name() const override { return "rename"; }
  Result<std::vector<Draft>> propose(const Task& task, std::span<const Record* const> parents,
                                     const OperatorContext& context, Rng& rng, std::size_t wanted) override;

 private:
  Bases bases_;
  std::uint64_t counter_ = 0;
};

}  // namespace ridge
