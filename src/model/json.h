// Bounded parsing and printing of JSON. Everything that comes from a file or another process is parsed here, so that
// hostile nesting or size ends in an Error and never in an exhausted stack.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"

namespace ridge {

// `what` names the text in messages: "run.db: event 7".
Result<nlohmann::json> parse_json(std::string_view text, std::string_view what, std::size_t max_bytes = 64u << 20);
// One line, or indented. Bytes that are not UTF-8 (a compiler's message cut in the middle of a character) become
// U+FFFD.
std::string dump_json(const nlohmann::json& json, int indent = -1);
// The place of the first infinity or NaN, which JSON cannot carry.
std::optional<std::string> first_not_finite(const nlohmann::json& json);

}  // namespace ridge
