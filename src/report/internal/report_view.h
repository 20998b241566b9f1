// The data that the report's template is filled with, apart from the template, so that a test can hold the two against
// each other.
#pragma once

#include <kainjow/mustache.hpp>

#include "report/run_data.h"

namespace ridge {

kainjow::mustache::data report_view(const RunData& run);

}  // namespace ridge
