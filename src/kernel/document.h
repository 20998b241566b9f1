// A document somebody wrote, as data: TOML or JSON brought into one shape, with keys in the order of the file and the
// line of every value, so that one reader serves both and messages can point. Plans and tasks are read from it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/expression.h"
#include "base/result.h"
#include "kernel/types.h"

namespace ridge {

struct DocNode {
  enum class Kind : std::uint8_t { integer, real, boolean, string, array, table };
  Kind kind = Kind::table;
  std::string key;           // inside a table
  int line = 0;              // of the key, or of the value inside an array; 0 = unknown (JSON)
  std::int64_t integer = 0;  // integer; boolean: 0 or 1
  double real = 0;
  std::string text;                                  // string
  std::vector<DocNode> items;                        // array, table
  const DocNode* find(std::string_view name) const;  // a table's entry
  std::string shown() const;                         // as TOML on one line, cut when long: for messages
};
std::string_view name(DocNode::Kind k);

// Bounds of a document, checked before a parser that recurses sees it.
inline constexpr std::size_t document_bytes = 256u << 10;
inline constexpr int document_depth = 16;
inline constexpr int document_key_parts = 8;

// Messages: "file:line: what the parser found". A document never holds dates, and reals are finite.
Result<DocNode> read_toml(const std::string& toml, const std::string& file);
Result<DocNode> read_json(const nlohmann::json& json, const std::string& what);

// A text as a TOML string. The two characters that would end the comment around a plan are escaped.
std::string toml_string(std::string_view text);
std::string toml_value(const ParameterValue& value);

// Where a message points: file, line and a place in words ("stage 1, op 2", "[buffers.u]").
struct Where {
  const std::string& file;
  int line = 0;
  std::string place;
  std::string text() const;  // "seed.cpp:4: stage 1, op 2"
  Where at(const DocNode& node) const { return {file, node.line > 0 ? node.line : line, place}; }
  Where in(std::string_view inner) const;  // "stage 1" → "stage 1, op 2"

  // "seed.cpp:4: stage 1, op 2: message"
  template <class... Args>
  std::unexpected<Error> invalid(fmt::format_string<Args...> message, Args&&... args) const {
    return std::unexpected(
        Error{Error::Kind::invalid, text() + ": " + fmt::format(message, std::forward<Args>(args)...)});
  }
};

// Readers of one value. `field` is how the message calls it: "grid[1]", "when".
std::unexpected<Error> wrong_kind(const Where& where, std::string_view field, const DocNode& node,
                                  std::string_view expected);
Result<std::string> read_text(const Where& where, std::string_view field, const DocNode& node);  // printable ASCII
Result<std::string> read_identifier(const Where& where, std::string_view field,
                                    const DocNode& node);  // [A-Za-z_][A-Za-z0-9_]*
Result<bool> read_bool(const Where& where, std::string_view field, const DocNode& node);
Result<Number> read_number(const Where& where, std::string_view field, const DocNode& node);
Result<Expression> read_expression(const Where& where, std::string_view field,
                                   const DocNode& node);  // a string or a number
Result<ScalarType> read_type(const Where& where, std::string_view field, const DocNode& node);
Result<std::vector<std::string>> read_texts(const Where& where, std::string_view field, const DocNode& node);
// One of `known`; the message names the nearest.
Result<std::string> read_choice(const Where& where, std::string_view field, const DocNode& node,
                                const std::vector<std::string>& known);
// An error for the first entry of a table whose key is not known.
Result<void> only_keys(const Where& where, const DocNode& table, const std::vector<std::string>& known);
bool is_identifier(std::string_view text);

}  // namespace ridge
