// Comparing one output with the oracle's answer. NaN and infinity never pass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "evaluate/oracle.h"
#include "model/task.h"

namespace ridge {

struct Comparison {
  bool pass = false;
  bool finite = true;
  double worst = 0;  // error by the metric (max_abs: the unit of the output; ulp: units in the last place of its type)
  double tolerance = 0;
  std::uint64_t beyond = 0;  // elements beyond the tolerance; not-finite ones count
  std::uint64_t elements = 0;
  std::uint64_t at = 0;  // index of the worst element
  double got = 0, expected = 0;
};

// `scope`: the workload's symbols; the bound also sees max_abs_reference, the largest |expected| of this output. Metric
// custom is the oracle's business and not handled here. An Error is the task's: the bound cannot be evaluated.
Result<Comparison> compare(const BufferSpec& buffer, std::span<const std::byte> got, const Answer& expected,
                           const Tolerance& tolerance, const MapScope& scope);
Result<double> tolerance_of(const Answer& expected, const Tolerance& tolerance, const MapScope& scope);

// "u: 262144 of 262144 elements differ beyond tolerance, worst 0.031 at [17][203] (got 0.412, expected 0.443)"
std::string describe(const std::string& buffer, const Comparison& c, std::span<const std::uint64_t> shape);

}  // namespace ridge
