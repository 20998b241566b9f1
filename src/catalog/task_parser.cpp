// task.toml: the helpers and the sections that give names their meaning.
#include "catalog/internal/task_parser.h"

#include <algorithm>

#include "base/text.h"
#include "catalog/catalog.h"

namespace ridge {

namespace {

constexpr std::size_t most_symbols = 64, most_buffers = 64, most_dimensions = 8;

// Keys that stand beside symbols or buffers somewhere in a task, and names that expressions know by themselves.
const std::vector<std::string> reserved_names = {"name",         "role",       "oracle", "weight",
                                                 "count",        "limit",      "metric", "tolerance",
                                                 "sensitive_to", "properties", "dev",    "max_abs_reference"};

}  // namespace

Result<Task> TaskParser::run() {
  RIDGE_TRY_VOID(head());
  RIDGE_TRY_VOID(symbols());
  RIDGE_TRY_VOID(derived());
  RIDGE_TRY_VOID(buffers());
  RIDGE_TRY_VOID(costs());
  RIDGE_TRY_VOID(check());
  RIDGE_TRY_VOID(workloads());
  RIDGE_TRY_VOID(held_out());
  RIDGE_TRY_VOID(build());
  RIDGE_TRY_VOID(baselines());
  return std::move(task_);
}

// ---- helpers

Result<const DocNode*> TaskParser::section(const std::string& name, DocNode::Kind kind) {
  const DocNode* node = document_.find(name);
  if (node && node->kind != kind)
    return wrong_kind(where_, name, *node, kind == DocNode::Kind::table ? "a table" : "an array");
  return node;
}

Result<const DocNode*> TaskParser::needed(const DocNode& table, const std::string& section, const std::string& key) {
  if (const DocNode* node = table.find(key)) return node;
  return where_.at(table).invalid("{}: {} is missing", section, key);
}

Result<void> TaskParser::known_keys(const DocNode& table, const std::string& section,
                                    const std::vector<std::string>& keys) {
  if (table.kind != DocNode::Kind::table) return wrong_kind(where_, section, table, "a table");
  for (const DocNode& item : table.items)
    if (std::ranges::find(keys, item.key) == keys.end())
      return where_.at(item).invalid("{} {} = {}: unknown key{}", section, item.key.substr(0, 64), item.shown(),
                                     suggestion(item.key, keys));
  return {};
}

Result<void> TaskParser::free_name(const DocNode& node, const std::string& section) const {
  const std::string& n = node.key;
  const auto refuse = [&](std::string_view why) {
    return where_.at(node).invalid("{} {}: {}", section, n.substr(0, 64), why);
  };
  if (!is_identifier(n)) return refuse("expected a name (letters, digits and _, not a digit first)");
  if (std::ranges::find(reserved_names, n) != reserved_names.end()) return refuse("the name is reserved");
  const std::vector<std::string> taken = task_.interface.names();
  if (std::ranges::find(taken, n) != taken.end()) return refuse("the name is taken already");
  return {};
}

std::vector<std::string> TaskParser::numbers() const {
  std::vector<std::string> out;
  for (const Symbol& s : task_.interface.symbols) out.push_back(s.name);
  for (const Derived& d : task_.interface.derived) out.push_back(d.name);
  return out;
}

Result<Expression> TaskParser::expression(const std::string& field, const DocNode& node,
                                          const std::vector<std::string>& also) {
  RIDGE_TRY(Expression e, read_expression(where_, field, node));
  std::vector<std::string> known = numbers();
  known.insert(known.end(), also.begin(), also.end());
  for (const std::string& symbol : e.symbols())
    if (std::ranges::find(known, symbol) == known.end())
      return where_.at(node).invalid("{} = {}: unknown symbol \"{}\" (known: {})", field, node.shown(), symbol,
                                     join(known, ", "));
  return e;
}

// A number as the symbol's type wants it: integers for integer types, anything finite for reals.
Result<Number> TaskParser::value_of(const Symbol& symbol, const std::string& field, const DocNode& node) {
  RIDGE_TRY(Number value, read_number(where_, field, node));
  if (is_real(symbol.type)) value = Number(value.real());
  const auto bits = encode(value, symbol.type);
  if (!bits) return where_.at(node).invalid("{} = {}: {}", field, node.shown(), bits.error().message);
  return value;
}

Result<std::vector<std::string>> TaskParser::flags(const std::string& field, const DocNode& node) {
  RIDGE_TRY(std::vector<std::string> out, read_texts(where_, field, node));
  for (std::size_t i = 0; i < out.size(); ++i)
    if (out[i].size() < 2 || out[i][0] != '-' || out[i].find(' ') != std::string::npos)
      return where_.at(node.items[i])
          .invalid("{}[{}] = {}: expected one build flag that begins with '-'", field, i + 1, node.items[i].shown());
  return out;
}

// ---- head, symbols, derived, buffers

Result<void> TaskParser::head() {
  static const std::vector<std::string> keys = {"format",  "title",   "source",  "dialects", "setup",
                                                "symbols", "derived", "buffers", "workload", "held_out",
                                                "work",    "floor",   "check",   "build",    "baseline"};
  for (const DocNode& item : document_.items)
    if (std::ranges::find(keys, item.key) == keys.end())
      return where_.at(item).invalid("{}: unknown key or section{}", item.key.substr(0, 64),
                                     suggestion(item.key, keys));
  for (const std::string key : {"format", "title", "dialects"})
    if (!document_.find(key)) return where_.invalid("{} is missing", key);
  const DocNode& format = *document_.find("format");
  if (format.kind != DocNode::Kind::integer || format.integer != 1)
    return where_.at(format).invalid("format = {}: this program reads format 1", format.shown());
  const std::pair<const char*, std::string*> texts[] = {{"title", &task_.title}, {"source", &task_.source}};
  for (const auto& [key, target] : texts) {
    const DocNode* node = document_.find(key);
    if (!node) continue;
    // Titles are shown to people: any language, but no control characters.
    if (node->kind != DocNode::Kind::string) return wrong_kind(where_, key, *node, "a string");
    if (node->text.size() > 1024 ||
        std::ranges::any_of(node->text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }))
      return where_.at(*node).invalid("{}: expected one line of at most 1024 bytes", key);
    *target = node->text;
  }
  const DocNode& dialects = *document_.find("dialects");
  RIDGE_TRY(const auto names, read_texts(where_, "dialects", dialects));
  if (names.empty()) return where_.at(dialects).invalid("dialects = []: at least one is needed");
  for (std::size_t i = 0; i < names.size(); ++i) {
    static const std::vector<std::string> known = {"cpp", "cuda", "opencl", "metal"};
    const auto dialect = dialect_of(names[i]);
    if (!dialect)
      return where_.at(dialects.items[i])
          .invalid("dialects[{}] = \"{}\": not known{}", i + 1, names[i], suggestion(names[i], known));
    if (std::ranges::find(task_.dialects, *dialect) != task_.dialects.end())
      return where_.at(dialects.items[i]).invalid("dialects[{}] = \"{}\": stands there twice", i + 1, names[i]);
    task_.dialects.push_back(*dialect);
  }
  if (const DocNode* setup = document_.find("setup")) {
    RIDGE_TRY(task_.interface.setup_allowed, read_bool(where_, "setup", *setup));
  }
  return {};
}

Result<void> TaskParser::symbols() {
  RIDGE_TRY(const DocNode* table, section("symbols", DocNode::Kind::table));
  if (!table) return where_.invalid("[symbols] is missing");
  if (table->items.size() > most_symbols) return where_.at(*table).invalid("[symbols]: more than {}", most_symbols);
  for (const DocNode& node : table->items) RIDGE_TRY_VOID(symbol(node));
  return {};
}

Result<void> TaskParser::symbol(const DocNode& node) {
  RIDGE_TRY_VOID(free_name(node, "[symbols]"));
  const std::string field = "[symbols] " + node.key;
  RIDGE_TRY_VOID(known_keys(node, field, {"min", "max", "type"}));
  Symbol s;
  s.name = node.key;
  if (const DocNode* type = node.find("type")) {
    RIDGE_TRY(s.type, read_type(where_, field + ".type", *type));
  }
  RIDGE_TRY(const DocNode* min, needed(node, field, "min"));
  RIDGE_TRY(const DocNode* max, needed(node, field, "max"));
  RIDGE_TRY(s.min, value_of(s, field + ".min", *min));
  RIDGE_TRY(s.max, value_of(s, field + ".max", *max));
  // Integers are compared as integers: doubles would blur the largest.
  if (s.min.is_integer() ? s.min.integer() > s.max.integer() : s.min.real() > s.max.real())
    return where_.at(node).invalid("{} = {}: min is greater than max", field, node.shown());
  task_.interface.symbols.push_back(std::move(s));
  return {};
}

Result<void> TaskParser::derived() {
  RIDGE_TRY(const DocNode* table, section("derived", DocNode::Kind::table));
  if (!table) return {};
  if (table->items.size() > most_symbols) return where_.at(*table).invalid("[derived]: more than {}", most_symbols);
  for (const DocNode& node : table->items) {
    RIDGE_TRY_VOID(free_name(node, "[derived]"));
    RIDGE_TRY(Expression e, expression("[derived] " + node.key, node));
    task_.interface.derived.push_back({node.key, std::move(e)});
  }
  return {};
}

Result<void> TaskParser::buffers() {
  RIDGE_TRY(const DocNode* table, section("buffers", DocNode::Kind::table));
  if (!table || table->items.empty())
    return where_.invalid("[buffers.NAME] is missing: a task has at least one buffer");
  if (table->items.size() > most_buffers) return where_.at(*table).invalid("[buffers]: more than {}", most_buffers);
  for (const DocNode& node : table->items) RIDGE_TRY_VOID(buffer(node));
  if (std::ranges::all_of(task_.interface.buffers, [](const BufferSpec& b) { return b.access == Access::in; }))
    return where_.at(*table).invalid(
        "[buffers]: no buffer has access \"out\" or \"inout\", so there is nothing to check");
  return {};
}

Result<void> TaskParser::buffer(const DocNode& node) {
  RIDGE_TRY_VOID(free_name(node, "[buffers]"));
  const std::string section = "[buffers." + node.key + "]";
  RIDGE_TRY_VOID(known_keys(node, section, {"type", "shape", "access", "constant"}));
  BufferSpec b;
  b.name = node.key;
  RIDGE_TRY(const DocNode* type, needed(node, section, "type"));
  RIDGE_TRY(const DocNode* shape, needed(node, section, "shape"));
  RIDGE_TRY(const DocNode* access, needed(node, section, "access"));
  RIDGE_TRY(b.type, read_type(where_, section + " type", *type));
  RIDGE_TRY(const std::string mode, read_choice(where_, section + " access", *access, {"in", "out", "inout"}));
  b.access = *access_of(mode);
  if (shape->kind != DocNode::Kind::array)
    return wrong_kind(where_, section + " shape", *shape, "an array of expressions");
  if (shape->items.empty() || shape->items.size() > most_dimensions)
    return where_.at(*shape).invalid("{} shape = {}: expected 1 to {} dimensions", section, shape->shown(),
                                     most_dimensions);
  const std::vector<std::string> known = numbers();
  for (std::size_t i = 0; i < shape->items.size(); ++i) {
    RIDGE_TRY(Expression e, read_expression(where_, fmt::format("{} shape[{}]", section, i + 1), shape->items[i]));
    // The whole shape is shown: a name that is wrong is easiest seen beside the others.
    for (const std::string& symbol : e.symbols())
      if (std::ranges::find(known, symbol) == known.end())
        return where_.at(shape->items[i])
            .invalid("{} shape = {}: unknown symbol \"{}\" (known: {})", section, shape->shown(), symbol,
                     join(known, ", "));
    b.shape.push_back(std::move(e));
  }
  if (const DocNode* constant = node.find("constant")) {
    RIDGE_TRY(b.constant, read_bool(where_, section + " constant", *constant));
    if (b.constant && b.access != Access::in)
      return where_.at(*constant).invalid("{} constant = true: only a buffer with access \"in\" can be constant",
                                          section);
  }
  task_.interface.buffers.push_back(std::move(b));
  return {};
}

Result<Task> parse_task(const std::string& toml, const std::string& file) {
  RIDGE_TRY(const DocNode document, read_toml(toml, file));
  return TaskParser(document, file).run();
}

}  // namespace ridge
