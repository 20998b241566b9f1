// The data that the sweep's page is filled with, apart from the template, so that a test can hold the two against each
// other.
#pragma once

#include <kainjow/mustache.hpp>

#include "report/bench_results.h"

namespace ridge {

kainjow::mustache::data bench_view(const BenchResults& results);

}  // namespace ridge
