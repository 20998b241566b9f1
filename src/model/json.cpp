#include "model/json.h"

#include <cmath>

#include <nlohmann/json.hpp>

namespace ridge {
namespace {

constexpr int kMaxDepth = 64;

// Deepest nesting of brackets outside strings; stops counting beyond the limit.
int nesting(std::string_view text) {
  int depth = 0, deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size() && deepest <= kMaxDepth; ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return deepest;
}

}  // namespace

Result<nlohmann::json> parse_json(std::string_view text, std::string_view what, std::size_t max_bytes) {
  if (text.size() > max_bytes)
    return invalid("{}: {} bytes of JSON, at most {} are read", what, text.size(), max_bytes);
  if (nesting(text) > kMaxDepth) return invalid("{}: JSON nested deeper than {} levels", what, kMaxDepth);
  auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return invalid("{}: not valid JSON", what);
  return json;
}

std::string dump_json(const nlohmann::json& json, int indent) {
  return json.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<std::string> first_not_finite(const nlohmann::json& json) {
  if (json.is_number_float() && !std::isfinite(json.get<double>())) return "";
  if (json.is_object()) {
    for (const auto& [key, value] : json.items())
      if (auto inner = first_not_finite(value)) return "." + key + *inner;
  } else if (json.is_array()) {
    for (std::size_t i = 0; i < json.size(); ++i)
      if (auto inner = first_not_finite(json[i])) return fmt::format("[{}]{}", i, *inner);
  }
  return std::nullopt;
}

}  // namespace ridge
