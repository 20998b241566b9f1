// A static look at a source: what an honest kernel seldom needs. It judges nothing (names can be hidden, and honest
// code may use them); it leaves a note beside the verdict for people who read it.
#pragma once

#include <string>
#include <vector>

namespace ridge {

// One note per pattern that stands in the source outside comments and string literals.
std::vector<std::string> tripwires(const std::string& source);

}  // namespace ridge
