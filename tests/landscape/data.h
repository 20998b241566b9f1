// Where the recorded landscapes of the tests lie.
#pragma once

#include <string>

namespace ridge {
inline const std::string kData = std::string(RIDGELINE_TEST_DATA) + "/landscapes";
}
