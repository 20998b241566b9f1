// From a document to a plan: shapes and kinds only. What names mean is for validate.cpp.
#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "kernel/document.h"
#include "kernel/plan.h"

namespace ridge {

namespace {

// Far beyond any plan a person writes, and small enough that nothing later needs to fear a quadratic step.
constexpr std::size_t most_tunables = 64, most_values = 1024, most_constraints = 256, most_scratch = 64;
constexpr std::size_t most_stages = 64, most_ops = 512, most_arguments = 256, most_flags = 64;
constexpr int deepest_loop = 3;

Result<void> at_most(const Where& where, std::string_view field, const DocNode& node, std::size_t limit) {
  if (node.items.size() > limit)
    return where.at(node).invalid("{}: {} entries are too many (at most {})", field, node.items.size(), limit);
  return {};
}

Result<std::optional<Expression>> optional_expression(const Where& where, const DocNode& table,
                                                      std::string_view field) {
  const DocNode* node = table.find(field);
  if (!node) return std::optional<Expression>();
  RIDGE_TRY(Expression e, read_expression(where, field, *node));
  return std::optional(std::move(e));
}

Result<std::optional<ScalarType>> optional_type(const Where& where, const DocNode& table) {
  const DocNode* node = table.find("type");
  if (!node) return std::optional<ScalarType>();
  RIDGE_TRY(const ScalarType type, read_type(where, "type", *node));
  return std::optional(type);
}

// ---- tunables

Result<ParameterValue> read_value(const Where& where, std::string_view field, const DocNode& node) {
  switch (node.kind) {
    case DocNode::Kind::integer:
      return ParameterValue(node.integer);
    case DocNode::Kind::real:
      return ParameterValue(node.real);
    case DocNode::Kind::boolean:
      return ParameterValue(node.integer != 0);
    case DocNode::Kind::string: {
      RIDGE_TRY(std::string text, read_text(where, field, node));
      return ParameterValue(std::move(text));
    }
    case DocNode::Kind::array:
    case DocNode::Kind::table:
      break;
  }
  return wrong_kind(where, field, node, "an integer, a real, a bool or a string");
}

Result<void> read_values(const Where& where, const DocNode& node, Tunable& tunable) {
  if (node.kind != DocNode::Kind::array) return wrong_kind(where, "values", node, "an array of values");
  if (node.items.empty()) return where.at(node).invalid("values = []: at least one value is needed");
  RIDGE_TRY_VOID(at_most(where, "values", node, most_values));
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const std::string field = fmt::format("values[{}]", i + 1);
    RIDGE_TRY(ParameterValue value, read_value(where, field, node.items[i]));
    if (!tunable.values.empty() && value.index() != tunable.values[0].index())
      return where.at(node.items[i])
          .invalid("{} = {}: {}, but values[1] is {}: all values must be of one kind", field, node.items[i].shown(),
                   name(node.items[i].kind), name(node.items[0].kind));
    if (std::ranges::find(tunable.values, value) != tunable.values.end())
      return where.at(node.items[i]).invalid("{} = {}: the value stands there twice", field, node.items[i].shown());
    tunable.values.push_back(std::move(value));
  }
  return {};
}

// `NAME = [values]` or `NAME = { values = [...], default = ... }`.
Result<Tunable> read_tunable(const Where& where, const std::string& name, const DocNode& node) {
  Tunable tunable;
  tunable.name = name;
  tunable.line = node.line;
  const Where here = where.at(node);
  if (!is_identifier(name))
    return here.invalid("{}: expected a name (letters, digits and _, not a digit first)",
                        toml_string(name.substr(0, 64)));
  const Where there{where.file, here.line, "[tune] " + name};
  if (node.kind == DocNode::Kind::array) {
    RIDGE_TRY_VOID(read_values(there, node, tunable));
    return tunable;
  }
  if (node.kind != DocNode::Kind::table) return wrong_kind(where, name, node, "an array of values");
  RIDGE_TRY_VOID(only_keys(there, node, {"name", "values", "default"}));
  const DocNode* values = node.find("values");
  if (!values) return there.invalid("values = [...] is missing");
  RIDGE_TRY_VOID(read_values(there, *values, tunable));
  if (const DocNode* chosen = node.find("default")) {
    RIDGE_TRY(const ParameterValue value, read_value(there, "default", *chosen));
    const auto at = std::ranges::find(tunable.values, value);
    if (at == tunable.values.end())
      return there.at(*chosen).invalid("default = {}: not one of the values {}", chosen->shown(), values->shown());
    tunable.default_index = std::size_t(at - tunable.values.begin());
  }
  return tunable;
}

// A table keyed by name, or an array of tables with a `name` each (JSON objects keep no order, so JSON uses the array).
template <class Read>
Result<void> each_named(const Where& where, std::string_view field, const DocNode& node, Read&& read) {
  if (node.kind != DocNode::Kind::table && node.kind != DocNode::Kind::array)
    return wrong_kind(where, field, node, "a table");
  std::set<std::string> seen;
  for (const DocNode& item : node.items) {
    std::string key = item.key;
    if (node.kind == DocNode::Kind::array) {
      const DocNode* named = item.find("name");
      if (!named) return where.at(item).invalid("every entry needs a name");
      RIDGE_TRY(key, read_identifier(where, "name", *named));
    }
    if (!seen.insert(key).second) return where.at(item).invalid("the name \"{}\" stands there twice", key);
    RIDGE_TRY_VOID(read(key, item));
  }
  return {};
}

Result<void> read_tune(const std::string& file, const DocNode& node, Plan& plan) {
  const Where where{file, node.line, "[tune]"};
  RIDGE_TRY_VOID(at_most(where, "[tune]", node, most_tunables));
  return each_named(where, "tune", node, [&](const std::string& name, const DocNode& item) -> Result<void> {
    RIDGE_TRY(Tunable tunable, read_tunable(where, name, item));
    plan.tunables.push_back(std::move(tunable));
    return {};
  });
}

// ---- build

Result<void> check_flags(const Where& where, std::string_view field, const DocNode& node,
                         const std::vector<std::string>& flags) {
  RIDGE_TRY_VOID(at_most(where, field, node, most_flags));
  for (std::size_t i = 0; i < flags.size(); ++i)
    if (flags[i].size() < 2 || flags[i][0] != '-' || flags[i].find(' ') != std::string::npos)
      return where.at(node.items[i])
          .invalid("{}[{}] = {}: expected one build flag that begins with '-' and has no space", field, i + 1,
                   node.items[i].shown());
  return {};
}

Result<void> add_build_tunable(const Where& where, const DocNode& node, Tunable tunable, Plan& plan) {
  for (const Tunable& t : plan.tunables)
    if (t.name == tunable.name) return where.at(node).invalid("{} is already a tunable of [tune]", t.name);
  tunable.line = node.line;
  plan.tunables.push_back(std::move(tunable));
  return {};
}

Result<void> read_choices(const Where& where, const DocNode& node, Plan& plan) {
  if (node.kind != DocNode::Kind::array || node.items.empty())
    return wrong_kind(where, "choices", node, "an array of arrays of flags");
  RIDGE_TRY_VOID(at_most(where, "choices", node, most_values));
  Tunable tunable;
  tunable.name = "FLAGS";
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const std::string field = fmt::format("choices[{}]", i + 1);
    RIDGE_TRY(const std::vector<std::string> flags, read_texts(where, field, node.items[i]));
    RIDGE_TRY_VOID(check_flags(where, field, node.items[i], flags));
    ParameterValue value = join(flags, " ");
    if (std::ranges::find(tunable.values, value) != tunable.values.end())
      return where.at(node.items[i]).invalid("{}: the choice stands there twice", field);
    tunable.values.push_back(std::move(value));
  }
  return add_build_tunable(where, node, std::move(tunable), plan);
}

Result<void> read_build(const std::string& file, const DocNode& node, Plan& plan) {
  const Where where{file, node.line, "[build]"};
  if (node.kind != DocNode::Kind::table) return wrong_kind(where, "build", node, "a table");
  RIDGE_TRY_VOID(only_keys(where, node, {"flags", "choices", "compilers"}));
  if (const DocNode* flags = node.find("flags")) {
    RIDGE_TRY(plan.flags, read_texts(where, "flags", *flags));
    RIDGE_TRY_VOID(check_flags(where, "flags", *flags, plan.flags));
  }
  if (const DocNode* choices = node.find("choices")) RIDGE_TRY_VOID(read_choices(where, *choices, plan));
  if (const DocNode* compilers = node.find("compilers")) {
    Tunable tunable;
    tunable.name = "COMPILER";
    RIDGE_TRY_VOID(read_values({file, compilers->line, "[build] compilers"}, *compilers, tunable));
    RIDGE_TRY_VOID(add_build_tunable(where, *compilers, std::move(tunable), plan));
  }
  return {};
}

// ---- scratch

Result<void> read_scratch(const std::string& file, const DocNode& node, Plan& plan) {
  const Where where{file, node.line, "[scratch]"};
  RIDGE_TRY_VOID(at_most(where, "[scratch]", node, most_scratch));
  return each_named(where, "scratch", node, [&](const std::string& name, const DocNode& item) -> Result<void> {
    const Where here{file, item.line, "[scratch] " + name};
    if (!is_identifier(name)) return here.invalid("expected a name (letters, digits and _, not a digit first)");
    if (item.kind != DocNode::Kind::table) return wrong_kind(where, name, item, "{ type = …, count = … }");
    RIDGE_TRY_VOID(only_keys(here, item, {"name", "type", "count", "keep"}));
    Scratch scratch;
    scratch.name = name;
    scratch.line = item.line;
    const DocNode* type = item.find("type");
    const DocNode* count = item.find("count");
    if (!type || !count) return here.invalid("{} is missing", !type ? "type" : "count");
    RIDGE_TRY(scratch.type, read_type(here, "type", *type));
    RIDGE_TRY(scratch.count, read_expression(here, "count", *count));
    if (const DocNode* keep = item.find("keep")) {
      RIDGE_TRY(scratch.keep, read_bool(here, "keep", *keep));
    }
    plan.scratch.push_back(std::move(scratch));
    return {};
  });
}

// ---- ops

Result<std::vector<Expression>> read_axes(const Where& where, std::string_view field, const DocNode& node) {
  std::vector<Expression> out;
  if (node.kind != DocNode::Kind::array) {
    RIDGE_TRY(Expression only, read_expression(where, field, node));
    out.push_back(std::move(only));
    return out;
  }
  if (node.items.empty() || node.items.size() > 3)
    return where.at(node).invalid("{} = {}: expected 1 to 3 numbers, x first", field, node.shown());
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    RIDGE_TRY(Expression e, read_expression(where, fmt::format("{}[{}]", field, i + 1), node.items[i]));
    out.push_back(std::move(e));
  }
  return out;
}

Result<std::vector<std::vector<std::string>>> read_rotate(const Where& where, const DocNode& node) {
  if (node.kind != DocNode::Kind::array) return wrong_kind(where, "rotate", node, "an array of arrays of names");
  RIDGE_TRY_VOID(at_most(where, "rotate", node, most_scratch));
  std::vector<std::vector<std::string>> out;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const DocNode& cycle = node.items[i];
    const std::string field = fmt::format("rotate[{}]", i + 1);
    if (cycle.kind != DocNode::Kind::array)
      return wrong_kind(where, field, cycle, "an array of names (rotate = [[\"a\", \"b\"]])");
    if (cycle.items.size() < 2 || cycle.items.size() > most_scratch)
      return where.at(cycle).invalid("{} = {}: expected 2 to {} names", field, cycle.shown(), most_scratch);
    std::vector<std::string> names;
    for (std::size_t k = 0; k < cycle.items.size(); ++k) {
      RIDGE_TRY(std::string text, read_identifier(where, fmt::format("{}[{}]", field, k + 1), cycle.items[k]));
      names.push_back(std::move(text));
    }
    out.push_back(std::move(names));
  }
  return out;
}

Result<Argument> read_argument(const Where& where, const std::string& field, const DocNode& node) {
  Argument argument;
  argument.line = node.line;
  if (node.kind == DocNode::Kind::string) {
    // Not an identifier: most likely an expression, so the message shows the form for one.
    RIDGE_TRY(argument.name, read_text(where, field, node));
    if (!is_identifier(argument.name))
      return where.at(node).invalid("{} = {}: expected a name; an expression stands in {{ value = …, type = … }}",
                                    field, node.shown());
    return argument;
  }
  if (node.kind == DocNode::Kind::integer) {
    argument.kind = Argument::Kind::value;
    argument.value = Expression(node.integer);
    return argument;
  }
  if (node.kind != DocNode::Kind::table)
    return wrong_kind(where, field, node, "a name, { value, type }, { buffer, offset } or { local }");
  if (const DocNode* value = node.find("value")) {
    RIDGE_TRY_VOID(only_keys(where.in(field), node, {"value", "type"}));
    argument.kind = Argument::Kind::value;
    RIDGE_TRY(argument.value, read_expression(where, field + ".value", *value));
    RIDGE_TRY(argument.type, optional_type(where, node));
  } else if (const DocNode* buffer = node.find("buffer")) {
    RIDGE_TRY_VOID(only_keys(where.in(field), node, {"buffer", "offset"}));
    argument.kind = Argument::Kind::part;
    RIDGE_TRY(argument.name, read_identifier(where, field + ".buffer", *buffer));
    if (const DocNode* offset = node.find("offset")) {
      RIDGE_TRY(argument.value, read_expression(where, field + ".offset", *offset));
    }
  } else if (const DocNode* local = node.find("local")) {
    RIDGE_TRY_VOID(only_keys(where.in(field), node, {"local"}));
    argument.kind = Argument::Kind::local;
    RIDGE_TRY(argument.value, read_expression(where, field + ".local", *local));
  } else {
    return where.at(node).invalid("{} = {}: expected {{ value, type }}, {{ buffer, offset }} or {{ local }}", field,
                                  node.shown());
  }
  return argument;
}

Result<std::map<std::string, std::string>> read_options(const Where& where, const DocNode& node) {
  if (node.kind != DocNode::Kind::table) return wrong_kind(where, "options", node, "a table");
  RIDGE_TRY_VOID(at_most(where, "options", node, most_flags));
  std::map<std::string, std::string> out;
  for (const DocNode& item : node.items) {
    if (!is_identifier(item.key))
      return where.at(item).invalid("options: the key {} is no name", toml_string(item.key));
    RIDGE_TRY(const ParameterValue value, read_value(where, "options." + item.key, item));
    out.emplace(item.key, text(value));
  }
  return out;
}

Result<Launch> read_launch(const Where& where, const DocNode& table) {
  RIDGE_TRY_VOID(only_keys(where, table,
                           {"launch", "args", "grid", "threads", "block", "cluster", "shared", "workers", "cooperative",
                            "options", "when", "rotate"}));
  Launch launch;
  RIDGE_TRY(launch.kernel, read_identifier(where, "launch", *table.find("launch")));
  const std::pair<std::string_view, std::vector<Expression>*> axes[] = {
      {"grid", &launch.grid}, {"threads", &launch.threads}, {"block", &launch.block}, {"cluster", &launch.cluster}};
  for (const auto& [field, target] : axes)
    if (const DocNode* node = table.find(field)) {
      RIDGE_TRY(*target, read_axes(where, field, *node));
    }
  RIDGE_TRY(launch.shared, optional_expression(where, table, "shared"));
  RIDGE_TRY(launch.workers, optional_expression(where, table, "workers"));
  if (const DocNode* node = table.find("cooperative")) {
    RIDGE_TRY(launch.cooperative, read_bool(where, "cooperative", *node));
  }
  if (const DocNode* node = table.find("options")) {
    RIDGE_TRY(launch.options, read_options(where, *node));
  }
  if (const DocNode* args = table.find("args")) {
    if (args->kind != DocNode::Kind::array) return wrong_kind(where, "args", *args, "an array");
    RIDGE_TRY_VOID(at_most(where, "args", *args, most_arguments));
    for (std::size_t i = 0; i < args->items.size(); ++i) {
      RIDGE_TRY(Argument argument, read_argument(where, fmt::format("args[{}]", i + 1), args->items[i]));
      launch.arguments.push_back(std::move(argument));
    }
  }
  return launch;
}

Result<Fill> read_fill(const Where& where, const DocNode& table) {
  RIDGE_TRY_VOID(only_keys(where, table, {"fill", "value", "type", "offset", "count", "when", "rotate"}));
  Fill fill;
  RIDGE_TRY(fill.buffer, read_identifier(where, "fill", *table.find("fill")));
  if (const DocNode* value = table.find("value")) {
    RIDGE_TRY(fill.value, read_expression(where, "value", *value));
  } else {
    return where.invalid("value is missing (value = \"0\")");
  }
  RIDGE_TRY(fill.type, optional_type(where, table));
  RIDGE_TRY(fill.offset, optional_expression(where, table, "offset"));
  RIDGE_TRY(fill.count, optional_expression(where, table, "count"));
  return fill;
}

Result<Copy> read_copy(const Where& where, const DocNode& table) {
  RIDGE_TRY_VOID(only_keys(where, table, {"copy", "when", "rotate"}));
  const DocNode& body = *table.find("copy");
  if (body.kind != DocNode::Kind::table) return wrong_kind(where, "copy", body, "{ from = …, to = … }");
  const Where here = where.in("copy").at(body);
  RIDGE_TRY_VOID(only_keys(here, body, {"from", "to", "from_offset", "to_offset", "count"}));
  const DocNode* from = body.find("from");
  const DocNode* to = body.find("to");
  if (!from || !to) return here.invalid("{} is missing", !from ? "from" : "to");
  Copy copy;
  RIDGE_TRY(copy.from, read_identifier(here, "from", *from));
  RIDGE_TRY(copy.to, read_identifier(here, "to", *to));
  RIDGE_TRY(copy.from_offset, optional_expression(here, body, "from_offset"));
  RIDGE_TRY(copy.to_offset, optional_expression(here, body, "to_offset"));
  RIDGE_TRY(copy.count, optional_expression(here, body, "count"));
  return copy;
}

Result<std::vector<Op>> read_ops(const Where& where, const DocNode& parent, int depth);

Result<Loop> read_loop(const Where& where, const DocNode& table, int depth) {
  if (depth >= deepest_loop) return where.invalid("loops are nested deeper than {}", deepest_loop);
  RIDGE_TRY_VOID(only_keys(where, table, {"loop", "index", "op", "when", "rotate"}));
  Loop loop;
  RIDGE_TRY(loop.repeat, read_expression(where, "loop", *table.find("loop")));
  if (const DocNode* index = table.find("index")) {
    RIDGE_TRY(loop.index, read_identifier(where, "index", *index));
  }
  RIDGE_TRY(loop.ops, read_ops(where, table, depth + 1));
  return loop;
}

Result<Op> read_op(const Where& where, const DocNode& table, int depth) {
  static const std::vector<std::string> actions = {"launch", "fill", "copy", "loop"};
  if (table.kind != DocNode::Kind::table)
    return where.invalid("{}, expected a table with launch, fill, copy or loop", name(table.kind));
  const DocNode* action = nullptr;
  for (const std::string& key : actions) {
    const DocNode* found = table.find(key);
    if (found && action)
      return where.at(*found).invalid("an op is one of launch, fill, copy and loop; this one has {} and {}",
                                      action->key, key);
    if (found) action = found;
  }
  if (!action) {
    // A slip in the key itself is the likeliest reason.
    for (const DocNode& item : table.items)
      if (nearest(item.key, actions))
        return where.at(item).invalid("unknown key {}{}", toml_string(item.key), suggestion(item.key, actions));
    return where.invalid("an op needs one of launch, fill, copy and loop");
  }
  Op op;
  op.line = action->line;
  const Where here = where.at(*action);
  if (action->key == "launch") {
    RIDGE_TRY(op.action, read_launch(here, table));
  } else if (action->key == "fill") {
    RIDGE_TRY(op.action, read_fill(here, table));
  } else if (action->key == "copy") {
    RIDGE_TRY(op.action, read_copy(here, table));
  } else {
    RIDGE_TRY(op.action, read_loop(here, table, depth));
  }
  RIDGE_TRY(op.when, optional_expression(here, table, "when"));
  if (const DocNode* rotate = table.find("rotate")) {
    RIDGE_TRY(op.rotate, read_rotate(here, *rotate));
  }
  return op;
}

Result<std::vector<Op>> read_ops(const Where& where, const DocNode& parent, int depth) {
  const DocNode* node = parent.find("op");
  if (!node) return where.invalid("no op: at least one is needed");
  if (node->kind != DocNode::Kind::array || node->items.empty())
    return wrong_kind(where, "op", *node, "an array of ops");
  RIDGE_TRY_VOID(at_most(where, "op", *node, most_ops));
  std::vector<Op> out;
  for (std::size_t i = 0; i < node->items.size(); ++i) {
    RIDGE_TRY(Op op, read_op(where.in(fmt::format("op {}", i + 1)).at(node->items[i]), node->items[i], depth));
    out.push_back(std::move(op));
  }
  return out;
}

Result<std::vector<Stage>> read_stages(const std::string& file, std::string_view what, const DocNode& node) {
  const Where whole{file, node.line, ""};
  if (node.kind != DocNode::Kind::array) return wrong_kind(whole, what, node, "an array of tables ([[stage]])");
  RIDGE_TRY_VOID(at_most(whole, what, node, most_stages));
  std::vector<Stage> out;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const DocNode& table = node.items[i];
    const Where where{file, table.line, fmt::format("{} {}", what, i + 1)};
    if (table.kind != DocNode::Kind::table) return where.invalid("{}, expected a table", name(table.kind));
    RIDGE_TRY_VOID(only_keys(where, table, {"repeat", "index", "when", "rotate", "op"}));
    Stage stage;
    stage.line = table.line;
    RIDGE_TRY(stage.repeat, optional_expression(where, table, "repeat"));
    RIDGE_TRY(stage.when, optional_expression(where, table, "when"));
    if (const DocNode* index = table.find("index")) {
      if (!stage.repeat) return where.at(*index).invalid("index names the counter of a repeat, and there is none");
      RIDGE_TRY(stage.index, read_identifier(where, "index", *index));
    }
    if (const DocNode* rotate = table.find("rotate")) {
      RIDGE_TRY(stage.rotate, read_rotate(where, *rotate));
    }
    RIDGE_TRY(stage.ops, read_ops(where, table, 0));
    out.push_back(std::move(stage));
  }
  return out;
}

Result<void> read_constraints(const std::string& file, const DocNode& node, Plan& plan) {
  const Where where{file, node.line, ""};
  if (node.kind != DocNode::Kind::array) return wrong_kind(where, "constraints", node, "an array of expressions");
  RIDGE_TRY_VOID(at_most(where, "constraints", node, most_constraints));
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    RIDGE_TRY(Expression e, read_expression(where, fmt::format("constraints[{}]", i + 1), node.items[i]));
    plan.constraints.push_back(std::move(e));
  }
  return {};
}

Result<Plan> read_plan(const DocNode& document, const std::string& file) {
  const Where where{file, document.line, ""};
  if (document.kind != DocNode::Kind::table) return where.invalid("{}, expected a plan (a table)", name(document.kind));
  RIDGE_TRY_VOID(only_keys(where, document, {"constraints", "tune", "build", "scratch", "setup", "stage"}));
  Plan plan;
  if (const DocNode* node = document.find("constraints")) RIDGE_TRY_VOID(read_constraints(file, *node, plan));
  if (const DocNode* node = document.find("tune")) RIDGE_TRY_VOID(read_tune(file, *node, plan));
  if (const DocNode* node = document.find("build")) RIDGE_TRY_VOID(read_build(file, *node, plan));
  if (const DocNode* node = document.find("scratch")) RIDGE_TRY_VOID(read_scratch(file, *node, plan));
  if (const DocNode* node = document.find("setup")) {
    RIDGE_TRY(plan.setup, read_stages(file, "setup", *node));
  }
  const DocNode* stages = document.find("stage");
  if (!stages) return where.invalid("the plan has no [[stage]]");
  RIDGE_TRY(plan.stages, read_stages(file, "stage", *stages));
  if (plan.stages.empty()) return where.at(*stages).invalid("the plan has no [[stage]]");
  return plan;
}

}  // namespace

Result<Plan> parse_plan(const std::string& toml, const std::string& file) {
  RIDGE_TRY(const DocNode document, read_toml(toml, file));
  return read_plan(document, file);
}

Result<Plan> plan_from_json(const nlohmann::json& json) {
  RIDGE_TRY(const DocNode document, read_json(json, "plan"));
  return read_plan(document, "plan");
}

}  // namespace ridge
