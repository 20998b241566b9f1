// The project's version, as programs print it and records keep it.
#pragma once

namespace ridge {
inline constexpr const char* kVersion = "0.1.0";
}
