// A run's events as JSON, one object a line: what `--json` prints.
#pragma once

#include <iosfwd>
#include <string>

#include "model/archive.h"
#include "model/summary.h"

namespace ridge {

// No line break inside; broken UTF-8 (a compiler may quote any byte of a candidate) becomes U+FFFD.
std::string json_line(const Event& event);
std::string json_line(const Summary& summary);
std::string json_line(const Error& error);  // {"event":"error","kind":"usage","message":…}
std::string json_line(const nlohmann::json& json);

}  // namespace ridge
