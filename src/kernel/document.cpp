#include "kernel/document.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace ridge {

namespace {

constexpr std::size_t longest_shown = 72;
constexpr std::size_t longest_text = 4096;

void show(const DocNode& node, std::string& out) {
  // Everything is written until enough is there; nesting is bounded by the document's reader.
  if (out.size() > longest_shown) return;
  switch (node.kind) {
    case DocNode::Kind::integer:
      out += std::to_string(node.integer);
      return;
    case DocNode::Kind::real:
      out += Number(node.real).text();
      return;
    case DocNode::Kind::boolean:
      out += node.integer ? "true" : "false";
      return;
    case DocNode::Kind::string:
      out += toml_string(node.text.substr(0, longest_shown));
      return;
    case DocNode::Kind::array:
    case DocNode::Kind::table: {
      const bool table = node.kind == DocNode::Kind::table;
      out += table ? "{ " : "[";
      for (std::size_t i = 0; i < node.items.size() && out.size() <= longest_shown; ++i) {
        if (i > 0) out += ", ";
        if (table) out += node.items[i].key + " = ";
        show(node.items[i], out);
      }
      out += table ? " }" : "]";
      return;
    }
  }
}

}  // namespace

const DocNode* DocNode::find(std::string_view name) const {
  if (kind != Kind::table) return nullptr;
  for (const DocNode& item : items)
    if (item.key == name) return &item;
  return nullptr;
}

std::string DocNode::shown() const {
  std::string out;
  show(*this, out);
  if (out.size() <= longest_shown) return out;
  std::size_t cut = longest_shown;
  while (cut > 0 && (static_cast<unsigned char>(out[cut]) & 0xC0) == 0x80) --cut;  // not inside a character
  return out.substr(0, cut) + "…";
}

std::string_view name(DocNode::Kind k) {
  switch (k) {
    case DocNode::Kind::integer:
      return "an integer";
    case DocNode::Kind::real:
      return "a real";
    case DocNode::Kind::boolean:
      return "a bool";
    case DocNode::Kind::string:
      return "a string";
    case DocNode::Kind::array:
      return "an array";
    case DocNode::Kind::table:
      return "a table";
  }
  return "";
}

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  char before = 0;
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || (c == '/' && before == '*') ||
               (c == '*' && before == '/')) {
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
    before = c;
  }
  return out + '"';
}

std::string toml_value(const ParameterValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* words = std::get_if<std::string>(&value)) return toml_string(*words);
  return text(value);
}

std::string Where::text() const {
  std::string out = file;
  if (line > 0) out += ":" + std::to_string(line);
  if (!place.empty()) out += ": " + place;
  return out;
}

Where Where::in(std::string_view inner) const {
  return {file, line, place.empty() ? std::string(inner) : fmt::format("{}, {}", place, inner)};
}

std::unexpected<Error> wrong_kind(const Where& where, std::string_view field, const DocNode& node,
                                  std::string_view expected) {
  return where.at(node).invalid("{} = {}: {}, expected {}", field, node.shown(), name(node.kind), expected);
}

bool is_identifier(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  if (text.empty() || text.size() > 128 || !letter(text[0])) return false;
  return std::ranges::all_of(text, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

Result<std::string> read_text(const Where& where, std::string_view field, const DocNode& node) {
  if (node.kind != DocNode::Kind::string) return wrong_kind(where, field, node, "a string");
  if (node.text.size() > longest_text)
    return where.at(node).invalid("{}: {} bytes are too many (at most {})", field, node.text.size(), longest_text);
  // Plain text keeps every later encoding (JSON, a comment, a command line) free of surprises.
  if (!std::ranges::all_of(node.text, [](char c) { return c >= 0x20 && c < 0x7f; }))
    return where.at(node).invalid("{}: only printable ASCII characters may stand here", field);
  return node.text;
}

Result<std::string> read_identifier(const Where& where, std::string_view field, const DocNode& node) {
  RIDGE_TRY(std::string text, read_text(where, field, node));
  if (!is_identifier(text))
    return where.at(node).invalid("{} = {}: expected a name (letters, digits and _, not a digit first)", field,
                                  node.shown());
  return text;
}

Result<bool> read_bool(const Where& where, std::string_view field, const DocNode& node) {
  if (node.kind != DocNode::Kind::boolean) return wrong_kind(where, field, node, "true or false");
  return node.integer != 0;
}

Result<Number> read_number(const Where& where, std::string_view field, const DocNode& node) {
  if (node.kind == DocNode::Kind::integer) return Number(node.integer);
  if (node.kind == DocNode::Kind::real) return Number(node.real);
  return wrong_kind(where, field, node, "a number");
}

Result<Expression> read_expression(const Where& where, std::string_view field, const DocNode& node) {
  std::string text;
  if (node.kind == DocNode::Kind::integer || node.kind == DocNode::Kind::real) {
    text = node.shown();
  } else {
    if (node.kind != DocNode::Kind::string) return wrong_kind(where, field, node, "an expression");
    RIDGE_TRY(text, read_text(where, field, node));
  }
  auto parsed = Expression::parse(text);
  if (!parsed) return where.at(node).invalid("{}: {}", field, parsed.error().message);
  return parsed;
}

Result<ScalarType> read_type(const Where& where, std::string_view field, const DocNode& node) {
  static const std::vector<std::string> known = {"f64", "f32", "f16", "bf16", "fp8", "i8",  "u8",
                                                 "i16", "u16", "i32", "u32",  "i64", "u64", "bool"};
  RIDGE_TRY(const std::string text, read_choice(where, field, node, known));
  return *scalar_type_of(text);
}

Result<std::vector<std::string>> read_texts(const Where& where, std::string_view field, const DocNode& node) {
  if (node.kind != DocNode::Kind::array) return wrong_kind(where, field, node, "an array of strings");
  std::vector<std::string> out;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    RIDGE_TRY(std::string text, read_text(where, fmt::format("{}[{}]", field, i + 1), node.items[i]));
    out.push_back(std::move(text));
  }
  return out;
}

Result<std::string> read_choice(const Where& where, std::string_view field, const DocNode& node,
                                const std::vector<std::string>& known) {
  RIDGE_TRY(std::string text, read_text(where, field, node));
  if (std::ranges::find(known, text) == known.end())
    return where.at(node).invalid("{} = {}: not known{}", field, node.shown(), suggestion(text, known));
  return text;
}

Result<void> only_keys(const Where& where, const DocNode& table, const std::vector<std::string>& known) {
  for (const DocNode& item : table.items)
    if (std::ranges::find(known, item.key) == known.end())
      return where.at(item).invalid("unknown key {}{}", toml_string(item.key.substr(0, 64)),
                                    suggestion(item.key, known));
  return {};
}

}  // namespace ridge
