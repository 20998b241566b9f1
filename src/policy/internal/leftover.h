// What every policy falls back to, so that small spaces are searched to their end: random points of the task's template
// until draws find nothing new, then what is left in order, then nothing.
#pragma once

#include <optional>

#include "policy/policy.h"

namespace ridge {

class Leftover {
 public:
  std::optional<Decision> next(std::size_t wanted) const;
  void note_empty(const Decision& decision);
  bool exhausted() const { return all_known_; }

 private:
  bool random_dry_ = false, all_known_ = false;
};

}  // namespace ridge
