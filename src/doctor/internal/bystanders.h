// Who else works on this machine while something is measured.
#pragma once

#include <optional>

namespace ridge {

class Bystanders {
 public:
  Bystanders();
  // Processors that others kept busy since then, as a number of cores: what the system counts as work, less what this
  // process and the children that it has waited for used. None where the system does not count.
  std::optional<double> cores() const;

 private:
  double busy_s_ = -1, own_s_ = 0, wall_s_ = 0;
};

}  // namespace ridge
