// The only unit that sees toml++, which costs more to compile than the rest of the module.
//
// Version 3.3 takes some wrong texts ("[=") for a mistake of its own and asserts, or in a release build assumes that
// they do not occur. Its assertions are therefore kept in every build and throw: a text somebody wrote may never end or
// mislead the program.
#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/text.h"
#include "kernel/document.h"

namespace ridge {
struct TomlAssertion {};
[[noreturn]] static void toml_assertion_failed() {
  throw TomlAssertion();
}
}  // namespace ridge

#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(condition) ((condition) ? void(0) : ::ridge::toml_assertion_failed())
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

namespace ridge {

namespace {

// toml++ recurses on brackets and on the parts of a dotted key, so both are counted before it starts. Quotes matter
// only where they hide brackets; wherever this scan and the parser could disagree about a quote, the text is an error
// to the parser as well.
Result<void> check_bounds(std::string_view text, const std::string& file) {
  int line = 1, depth = 0, dots = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      ++line;
      dots = 0;
    } else if (c == '#') {
      while (i + 1 < text.size() && text[i + 1] != '\n') ++i;
    } else if (c == '"' || c == '\'') {
      const bool many = text.substr(i, 3) == std::string_view(c == '"' ? "\"\"\"" : "'''");
      i += many ? 3 : 1;
      for (; i < text.size(); ++i) {
        if (text[i] == '\\' && c == '"') {
          ++i;
          if (i < text.size() && text[i] == '\n') ++line;
        } else if (text[i] == '\n') {
          ++line;
          if (!many) break;
        } else if (text[i] == c && (!many || text.substr(i, 3) == std::string(3, c))) {
          if (many) i += 2;
          break;
        }
      }
    } else if (c == '[' || c == '{') {
      dots = 0;
      if (++depth > document_depth)
        return invalid("{}:{}: brackets are nested deeper than {}", file, line, document_depth);
    } else if (c == ']' || c == '}') {
      depth = std::max(0, depth - 1);
      dots = 0;
    } else if (c == '=' || c == ',') {
      dots = 0;
    } else if (c == '.' && ++dots >= document_key_parts) {
      return invalid("{}:{}: a dotted key has more than {} parts", file, line, document_key_parts);
    }
  }
  return {};
}

Result<DocNode> convert(const toml::node& from, int line, const std::string& file, int depth) {
  DocNode node;
  node.line = line > 0 ? line : int(from.source().begin.line);
  if (depth > document_depth)
    return invalid("{}:{}: tables are nested deeper than {}", file, node.line, document_depth);
  if (const auto* table = from.as_table()) {
    std::vector<std::tuple<toml::source_position, const toml::key*, const toml::node*>> entries;
    for (const auto& [key, value] : *table) entries.emplace_back(key.source().begin, &key, &value);
    // No two keys of a table stand at the same place.
    std::ranges::sort(entries, [](const auto& a, const auto& b) { return std::get<0>(a) < std::get<0>(b); });
    for (const auto& [position, key, value] : entries) {
      RIDGE_TRY(DocNode item, convert(*value, int(position.line), file, depth + 1));
      item.key = std::string(key->str());
      node.items.push_back(std::move(item));
    }
    return node;
  }
  if (const auto* array = from.as_array()) {
    node.kind = DocNode::Kind::array;
    for (const auto& value : *array) {
      RIDGE_TRY(DocNode item, convert(value, 0, file, depth + 1));
      node.items.push_back(std::move(item));
    }
    return node;
  }
  if (const auto* text = from.as_string()) {
    node.kind = DocNode::Kind::string;
    node.text = text->get();
  } else if (const auto* integer = from.as_integer()) {
    node.kind = DocNode::Kind::integer;
    node.integer = integer->get();
  } else if (const auto* flag = from.as_boolean()) {
    node.kind = DocNode::Kind::boolean;
    node.integer = flag->get();
  } else if (const auto* real = from.as_floating_point()) {
    node.kind = DocNode::Kind::real;
    node.real = real->get();
    if (!std::isfinite(node.real)) return invalid("{}:{}: a real must be finite", file, node.line);
  } else {
    return invalid("{}:{}: dates and times have no meaning here", file, node.line);
  }
  return node;
}

}  // namespace

Result<DocNode> read_toml(const std::string& toml, const std::string& file) {
  // A plan's text begins with the blanked lines of the source before it; they cost nothing and do not count.
  const std::size_t begin = std::min(toml.find_first_not_of(" \t\r\n"), toml.size());
  if (toml.size() - begin > document_bytes)
    return invalid("{}: {} bytes are too large for a document (at most {})", file, toml.size() - begin, document_bytes);
  RIDGE_TRY_VOID(check_bounds(toml, file));
  // With exceptions: without them toml++ 3.3 goes on after some errors and runs into its own assertions.
  try {
    return convert(toml::parse(std::string_view(toml), std::string_view(file)), 0, file, 0);
  } catch (const toml::parse_error& error) {
    return invalid("{}:{}: {}", file, error.source().begin.line, error.description());
  } catch (const TomlAssertion&) {
    return invalid("{}: this is not TOML; a key or a table's name is malformed", file);
  }
}

}  // namespace ridge
