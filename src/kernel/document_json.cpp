#include <cmath>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "kernel/document.h"

namespace ridge {

namespace {

using Json = nlohmann::json;

// `left` counts values, so that a huge document stops early.
Result<DocNode> convert_json(const Json& from, const std::string& what, int depth, std::size_t& left) {
  if (depth > document_depth) return invalid("{}: nested deeper than {}", what, document_depth);
  if (left-- == 0) return invalid("{}: too large", what);
  DocNode node;
  switch (from.type()) {
    case Json::value_t::object:
    case Json::value_t::array:
      node.kind = from.is_object() ? DocNode::Kind::table : DocNode::Kind::array;
      for (const auto& [key, value] : from.items()) {
        RIDGE_TRY(DocNode item, convert_json(value, what, depth + 1, left));
        if (from.is_object()) item.key = key;
        node.items.push_back(std::move(item));
      }
      return node;
    case Json::value_t::string:
      node.kind = DocNode::Kind::string;
      node.text = from.get<std::string>();
      if (node.text.size() > document_bytes) return invalid("{}: a text is too large", what);
      return node;
    case Json::value_t::boolean:
      node.kind = DocNode::Kind::boolean;
      node.integer = from.get<bool>();
      return node;
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      node.kind = DocNode::Kind::integer;
      if (from.is_number_unsigned() && from.get<std::uint64_t>() > std::uint64_t(INT64_MAX))
        return invalid("{}: the number {} is too large", what, from.get<std::uint64_t>());
      node.integer = from.get<std::int64_t>();
      return node;
    case Json::value_t::number_float:
      node.kind = DocNode::Kind::real;
      node.real = from.get<double>();
      if (!std::isfinite(node.real)) return invalid("{}: a real must be finite", what);
      return node;
    case Json::value_t::null:
    case Json::value_t::binary:
    case Json::value_t::discarded:
      break;
  }
  return invalid("{}: null and binary values have no meaning here", what);
}

}  // namespace

Result<DocNode> read_json(const nlohmann::json& json, const std::string& what) {
  std::size_t left = 1u << 17;
  return convert_json(json, what, 0, left);
}

}  // namespace ridge
