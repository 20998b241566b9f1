// task.toml: what is run, how it is judged, and how it is built.
#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "catalog/catalog.h"
#include "catalog/internal/task_parser.h"

namespace ridge {

namespace {

constexpr std::size_t most_workloads = 256;
constexpr int most_hidden = 64;
const std::string reference_symbol = "max_abs_reference";

bool below(const Number& a, const Number& b) {
  if (a.is_integer() && b.is_integer()) return a.integer() < b.integer();
  return a.real() < b.real();
}

bool outside(const Number& value, const Symbol& s) {
  return below(value, s.min) || below(s.max, value);
}

bool file_word(std::string_view text) {
  return !text.empty() && text.size() <= 64 && text[0] != '.' && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || c == '+';
  });
}

}  // namespace

// ---- workloads

Result<void> TaskParser::workloads() {
  RIDGE_TRY(const DocNode* all, section("workload", DocNode::Kind::array));
  if (!all || all->items.empty()) return where_.invalid("[[workload]] is missing: a task has at least one workload");
  if (all->items.size() > most_workloads) return where_.at(*all).invalid("[[workload]]: more than {}", most_workloads);
  for (std::size_t i = 0; i < all->items.size(); ++i) RIDGE_TRY_VOID(workload(all->items[i], i + 1));
  if (task_.scored().empty())
    return where_.at(*all).invalid(
        "[[workload]]: every workload has a role, so none is left that a search is scored on");
  return {};
}

Result<void> TaskParser::workload(const DocNode& node, std::size_t number) {
  const std::string section = fmt::format("[[workload]] {}:", number);
  std::vector<std::string> keys = {"name", "role", "oracle", "weight"};
  for (const Symbol& s : task_.interface.symbols) keys.push_back(s.name);
  RIDGE_TRY_VOID(known_keys(node, section, keys));
  Workload w;
  RIDGE_TRY(const DocNode* named, needed(node, fmt::format("[[workload]] {}", number), "name"));
  RIDGE_TRY(w.name, read_text(where_, section + " name", *named));
  if (!file_word(w.name) || w.name.starts_with("hidden-"))
    return where_.at(*named).invalid("{} name = {}: expected letters, digits, '_', '-', '.', '+', and not hidden-…",
                                     section, named->shown());
  if (task_.workload(w.name))
    return where_.at(*named).invalid("{} name = {}: stands there twice", section, named->shown());
  const std::string own = fmt::format("[[workload]] \"{}\"", w.name);
  if (const DocNode* role = node.find("role")) {
    RIDGE_TRY(const std::string text,
              read_choice(where_, own + " role", *role, {"scored", "published-held-out", "device-filling"}));
    for (const WorkloadRole r : {WorkloadRole::scored, WorkloadRole::published_held_out, WorkloadRole::device_filling})
      if (text == name(r)) w.role = r;
  }
  if (const DocNode* oracle = node.find("oracle")) {
    RIDGE_TRY(const std::string text,
              read_choice(where_, own + " oracle", *oracle, {"full", "pool", "trusted-kernel", "algebraic"}));
    for (const OracleMode m : {OracleMode::full, OracleMode::pool, OracleMode::trusted_kernel, OracleMode::algebraic})
      if (text == name(m)) w.oracle = m;
  }
  if (const DocNode* weight = node.find("weight")) {
    RIDGE_TRY(const Number value, read_number(where_, own + " weight", *weight));
    w.weight = value.real();
    if (!(w.weight > 0 && w.weight <= 1e9))
      return where_.at(*weight).invalid("{} weight = {}: expected a positive number", own, weight->shown());
  }
  for (const Symbol& s : task_.interface.symbols) {
    const DocNode* given = node.find(s.name);
    if (!given) return where_.at(node).invalid("{}: the symbol \"{}\" is not bound", own, s.name);
    RIDGE_TRY(const Number value, value_of(s, own + " " + s.name, *given));
    if (outside(value, s))
      return where_.at(*given).invalid("{} {} = {}: not in [{}, {}], the range of [symbols]", own, s.name,
                                       given->shown(), s.min.text(), s.max.text());
    w.binding.emplace(s.name, value);
  }
  RIDGE_TRY_VOID(computable(where_.at(node), own, w));
  task_.workloads.push_back(std::move(w));
  return {};
}

Result<void> TaskParser::computable(const Where& where, const std::string& section, const Workload& w) const {
  auto scope = ridge::bind(task_.interface, w.binding);
  if (!scope) return where.invalid("{}: {}", section, scope.error().message);
  for (const BufferSpec& b : task_.interface.buffers) {
    std::int64_t bytes = std::int64_t(size_of(b.type));
    for (const Expression& e : b.shape) {
      const auto n = e.integer(*scope);
      if (!n) return where.invalid("{}: the shape of {}: {}", section, b.name, n.error().message);
      if (*n < 1)
        return where.invalid("{}: the shape of {}: \"{}\" = {} is less than 1", section, b.name, e.text(), *n);
      if (__builtin_mul_overflow(bytes, *n, &bytes)) return where.invalid("{}: {} is too large", section, b.name);
    }
  }
  const auto positive = [&](std::string_view what, const Expression& e) -> Result<void> {
    const auto value = e.evaluate(*scope);
    if (!value) return where.invalid("{}: {}: {}", section, what, value.error().message);
    if (value->real() < 0)
      return where.invalid("{}: {} = \"{}\" is negative here ({})", section, what, e.text(), value->text());
    return {};
  };
  RIDGE_TRY_VOID(positive("[work] bytes", task_.work.bytes));
  RIDGE_TRY_VOID(positive("[work] flops", task_.work.flops));
  RIDGE_TRY_VOID(positive("[floor] bytes", task_.floor.bytes));
  RIDGE_TRY_VOID(positive("[floor] flops", task_.floor.flops));
  scope->set(reference_symbol, 1.0);
  RIDGE_TRY_VOID(positive("[check] tolerance", task_.check.standard.bound));
  for (const auto& [output, tolerance] : task_.check.outputs)
    RIDGE_TRY_VOID(positive("[check." + output + "] tolerance", tolerance.bound));
  return {};
}

// ---- held-out family

Result<void> TaskParser::held_out() {
  RIDGE_TRY(const DocNode* table, section("held_out", DocNode::Kind::table));
  if (!table) return where_.invalid("[held_out] is missing: the hidden workloads of the gate are drawn from it");
  std::vector<std::string> keys = {"count", "limit"};
  for (const Symbol& s : task_.interface.symbols) keys.push_back(s.name);
  RIDGE_TRY_VOID(known_keys(*table, "[held_out]", keys));
  if (const DocNode* count = table->find("count")) {
    if (count->kind != DocNode::Kind::integer || count->integer < 1 || count->integer > most_hidden)
      return where_.at(*count).invalid("[held_out] count = {}: expected an integer from 1 to {}", count->shown(),
                                       most_hidden);
    task_.held_out.count = int(count->integer);
  }
  for (const Symbol& s : task_.interface.symbols) {
    const DocNode* node = table->find(s.name);
    if (!node) return where_.at(*table).invalid("[held_out]: the symbol \"{}\" has no rule", s.name);
    RIDGE_TRY_VOID(choice(*node));
  }
  if (const DocNode* limit = table->find("limit")) {
    RIDGE_TRY(task_.held_out.limit, expression("[held_out] limit", *limit));
  }
  // A few draws now, so that a family that cannot be drawn from or computed is found before a run depends on it.
  Rng rng(0, "held-out family");
  for (int i = 0; i < 8; ++i) {
    const auto drawn = draw_workload(task_, rng, "drawn");
    if (!drawn) return where_.at(*table).invalid("[held_out]: {}", drawn.error().message);
    RIDGE_TRY_VOID(computable(where_.at(*table), "[held_out]", *drawn));
  }
  return {};
}

Result<void> TaskParser::choice(const DocNode& node) {
  const Symbol& s = *task_.interface.symbol(node.key);
  const std::string field = "[held_out] " + s.name;
  Choice out;
  const auto within_range = [&](const std::string& part, const DocNode& given) -> Result<Number> {
    RIDGE_TRY(const Number value, value_of(s, field + part, given));
    if (outside(value, s))
      return where_.at(given).invalid("{}{} = {}: not in [{}, {}], the range of [symbols]", field, part, given.shown(),
                                      s.min.text(), s.max.text());
    return value;
  };
  if (node.kind != DocNode::Kind::table) {
    RIDGE_TRY(const Number value, within_range("", node));
    out.values.push_back(value);
    task_.held_out.choices.emplace(s.name, std::move(out));
    return {};
  }
  RIDGE_TRY(const DocNode* choose, needed(node, field, "choose"));
  RIDGE_TRY(const std::string kind, read_choice(where_, field + ".choose", *choose, {"integer", "real", "one_of"}));
  if (kind == "one_of") {
    RIDGE_TRY_VOID(known_keys(node, field, {"choose", "values"}));
    RIDGE_TRY(const DocNode* values, needed(node, field, "values"));
    if (values->kind != DocNode::Kind::array || values->items.empty())
      return wrong_kind(where_, field + ".values", *values, "an array of numbers");
    out.kind = Choice::Kind::one_of;
    for (std::size_t i = 0; i < values->items.size(); ++i) {
      RIDGE_TRY(const Number value, within_range(fmt::format(".values[{}]", i + 1), values->items[i]));
      out.values.push_back(value);
    }
  } else {
    RIDGE_TRY_VOID(known_keys(node, field, {"choose", "from", "to"}));
    if ((kind == "real") != is_real(s.type))
      return where_.at(*choose).invalid("{}.choose = \"{}\": the symbol has type {}", field, kind, name(s.type));
    RIDGE_TRY(const DocNode* from, needed(node, field, "from"));
    RIDGE_TRY(const DocNode* to, needed(node, field, "to"));
    out.kind = kind == "real" ? Choice::Kind::real : Choice::Kind::integer;
    RIDGE_TRY(out.from, within_range(".from", *from));
    RIDGE_TRY(out.to, within_range(".to", *to));
    if (below(out.to, out.from))
      return where_.at(node).invalid("{} = {}: from is greater than to", field, node.shown());
  }
  task_.held_out.choices.emplace(s.name, std::move(out));
  return {};
}

// ---- work, floor, check

Result<void> TaskParser::costs() {
  RIDGE_TRY(const DocNode* work, section("work", DocNode::Kind::table));
  if (!work) return where_.invalid("[work] is missing: bytes and flops of one call by the field's convention");
  if (!work->find("bytes") && !work->find("flops"))
    return where_.at(*work).invalid("[work]: bytes or flops is missing");
  RIDGE_TRY(task_.work, cost(*work, "[work]", Cost{}));
  RIDGE_TRY(const DocNode* floor, section("floor", DocNode::Kind::table));
  task_.floor.precision = task_.work.precision;
  if (floor) {
    RIDGE_TRY(task_.floor, cost(*floor, "[floor]", task_.floor));
  }
  return {};
}

Result<Cost> TaskParser::cost(const DocNode& table, const std::string& section, const Cost& standard) {
  RIDGE_TRY_VOID(known_keys(table, section, {"bytes", "flops", "precision"}));
  // The literal 0 is parsed, so that it prints and evaluates like any other.
  Cost out{Expression(std::int64_t(0)), Expression(std::int64_t(0)), standard.precision};
  if (const DocNode* bytes = table.find("bytes")) {
    RIDGE_TRY(out.bytes, expression(section + " bytes", *bytes));
  }
  if (const DocNode* flops_node = table.find("flops")) {
    RIDGE_TRY(out.flops, expression(section + " flops", *flops_node));
  }
  if (const DocNode* precision = table.find("precision")) {
    RIDGE_TRY(out.precision, read_type(where_, section + " precision", *precision));
  }
  return out;
}

Result<void> TaskParser::check() {
  RIDGE_TRY(const DocNode* table, section("check", DocNode::Kind::table));
  if (!table) return where_.invalid("[check] is missing: metric and tolerance");
  std::vector<std::string> keys = {"metric", "tolerance", "sensitive_to", "properties", "next_lower", "relation"};
  for (const BufferSpec& b : task_.interface.buffers)
    if (b.access != Access::in) keys.push_back(b.name);
  RIDGE_TRY_VOID(known_keys(*table, "[check]", keys));
  RIDGE_TRY(task_.check.standard, tolerance(*table, "[check]", nullptr));
  for (const DocNode& item : table->items) {
    const BufferSpec* output = task_.interface.buffer(item.key);
    if (!output) continue;
    const std::string section_name = "[check." + item.key + "]";
    RIDGE_TRY_VOID(known_keys(item, section_name, {"metric", "tolerance"}));
    RIDGE_TRY(Tolerance own, tolerance(item, section_name, &task_.check.standard));
    task_.check.outputs.emplace(item.key, std::move(own));
  }
  if (const DocNode* names = table->find("sensitive_to")) {
    RIDGE_TRY(task_.check.sensitive_to, read_texts(where_, "[check] sensitive_to", *names));
    std::vector<std::string> known;
    for (const BufferSpec& b : task_.interface.buffers)
      if (b.access != Access::out) known.push_back(b.name);
    for (const Symbol& s : task_.interface.symbols) known.push_back(s.name);
    for (std::size_t i = 0; i < names->items.size(); ++i)
      if (std::ranges::find(known, task_.check.sensitive_to[i]) == known.end())
        return where_.at(names->items[i])
            .invalid("[check] sensitive_to[{}] = {}: no input buffer or symbol of that name (known: {})", i + 1,
                     names->items[i].shown(), join(known, ", "));
  }
  if (const DocNode* lower = table->find("next_lower")) {
    RIDGE_TRY(task_.check.next_lower, read_text(where_, "[check] next_lower", *lower));
    if (!file_word(task_.check.next_lower))
      return where_.at(*lower).invalid("[check] next_lower = {}: expected the name of a file in mutants/",
                                       lower->shown());
  }
  if (const DocNode* properties = table->find("properties")) {
    RIDGE_TRY(task_.check.properties, read_texts(where_, "[check] properties", *properties));
    for (std::size_t i = 0; i < properties->items.size(); ++i)
      if (!is_identifier(task_.check.properties[i]))
        return where_.at(properties->items[i])
            .invalid("[check] properties[{}] = {}: expected a name", i + 1, properties->items[i].shown());
  }
  if (const DocNode* relations = table->find("relation")) {
    if (relations->kind != DocNode::Kind::array)
      return where_.at(*relations).invalid("[[check.relation]]: expected an array of tables");
    for (std::size_t i = 0; i < relations->items.size(); ++i)
      RIDGE_TRY_VOID(relation(relations->items[i], fmt::format("[[check.relation]] {}:", i + 1)));
  }
  return {};
}

Result<void> TaskParser::relation(const DocNode& node, const std::string& section) {
  RIDGE_TRY_VOID(known_keys(node, section, {"kind", "inputs", "outputs", "axis"}));
  Relation r;
  RIDGE_TRY(const DocNode* kind, needed(node, section, "kind"));
  RIDGE_TRY(const std::string word, read_choice(where_, section + " kind", *kind, {"linear", "shift", "permute"}));
  r.kind = *relation_of(word);
  std::size_t fewest_axes = SIZE_MAX;
  for (const auto& [key, list, unwanted] :
       {std::tuple{"inputs", &r.inputs, Access::out}, {"outputs", &r.outputs, Access::in}}) {
    RIDGE_TRY(const DocNode* names, needed(node, section, key));
    RIDGE_TRY(*list, read_texts(where_, section + " " + key, *names));
    if (list->empty()) return where_.at(*names).invalid("{} {}: names none", section, key);
    for (std::size_t i = 0; i < list->size(); ++i) {
      const BufferSpec* b = task_.interface.buffer((*list)[i]);
      if (!b || b->access == unwanted)
        return where_.at(names->items[i])
            .invalid("{} {}[{}] = {}: no buffer of that name that is an {}", section, key, i + 1,
                     names->items[i].shown(), unwanted == Access::out ? "input" : "output");
      if (r.kind == Relation::Kind::linear && b->type != ScalarType::f32 && b->type != ScalarType::f64)
        return where_.at(names->items[i])
            .invalid("{} {}[{}] = {}: a linear relation needs buffers of f32 or f64", section, key, i + 1,
                     names->items[i].shown());
      fewest_axes = std::min(fewest_axes, b->shape.size());
    }
  }
  if (const DocNode* axis = node.find("axis")) {
    RIDGE_TRY(const Number n, read_number(where_, section + " axis", *axis));
    if (!n.is_integer() || n.integer() < 0 || std::size_t(n.integer()) >= fewest_axes)
      return where_.at(*axis).invalid("{} axis = {}: expected an axis that all its buffers have (0 to {})", section,
                                      axis->shown(), std::int64_t(fewest_axes) - 1);
    r.axis = std::size_t(n.integer());
  }
  task_.check.relations.push_back(std::move(r));
  return {};
}

Result<Tolerance> TaskParser::tolerance(const DocNode& table, const std::string& section, const Tolerance* standard) {
  Tolerance out = standard ? *standard : Tolerance{};
  const DocNode* metric = table.find("metric");
  if (!metric && !standard) return where_.at(table).invalid("{}: metric is missing", section);
  if (metric) {
    RIDGE_TRY(const std::string text, read_choice(where_, section + " metric", *metric,
                                                  {"max_abs", "max_rel", "ulp", "exact", "cosine", "custom"}));
    out.metric = *metric_of(text);
  }
  if (const DocNode* bound = table.find("tolerance")) {
    if (out.metric == Metric::exact)
      return where_.at(*bound).invalid("{} tolerance: the metric \"exact\" has none", section);
    RIDGE_TRY(out.bound, expression(section + " tolerance", *bound, {reference_symbol}));
  } else if (out.metric == Metric::exact) {
    out.bound = Expression(std::int64_t(0));
  } else if (!standard || out.metric != standard->metric) {
    return where_.at(table).invalid("{}: tolerance is missing", section);
  }
  return out;
}

// ---- build and baselines

Result<void> TaskParser::build() {
  RIDGE_TRY(const DocNode* table, section("build", DocNode::Kind::table));
  if (!table) return {};
  std::vector<std::string> known = {"reference"};
  for (const Dialect d : task_.dialects) known.emplace_back(name(d));
  RIDGE_TRY_VOID(known_keys(*table, "[build]", known));
  for (const DocNode& node : table->items) {
    if (node.key != "reference") {
      RIDGE_TRY_VOID(build_rules(node));
      continue;
    }
    RIDGE_TRY_VOID(known_keys(node, "[build.reference]", {"libraries"}));
    if (const DocNode* names = node.find("libraries")) {
      RIDGE_TRY(task_.reference_libraries, libraries("[build.reference] libraries", *names));
    }
  }
  return {};
}

Result<void> TaskParser::build_rules(const DocNode& node) {
  const std::string section = "[build." + node.key + "]";
  RIDGE_TRY_VOID(known_keys(node, section, {"default", "allowed"}));
  BuildRules rules;
  if (const DocNode* standard = node.find("default")) {
    RIDGE_TRY(rules.default_flags, flags(section + " default", *standard));
  }
  if (const DocNode* allowed = node.find("allowed")) {
    RIDGE_TRY(rules.allowed_flags, flags(section + " allowed", *allowed));
  }
  for (const std::string& flag : rules.default_flags)
    if (std::ranges::find(rules.allowed_flags, flag) == rules.allowed_flags.end())
      return where_.at(*node.find("default"))
          .invalid("{} default: \"{}\" is not among the allowed flags", section, flag);
  task_.build.emplace(*dialect_of(node.key), std::move(rules));
  return {};
}

Result<std::vector<std::string>> TaskParser::libraries(const std::string& field, const DocNode& node) {
  RIDGE_TRY(std::vector<std::string> names, read_texts(where_, field, node));
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!file_word(names[i]) || names[i][0] == '-')
      return where_.at(node.items[i])
          .invalid("{}[{}] = {}: expected a library's name as after -l", field, i + 1, node.items[i].shown());
  return names;
}

Result<void> TaskParser::baselines() {
  RIDGE_TRY(const DocNode* all, section("baseline", DocNode::Kind::array));
  if (!all) return {};
  for (std::size_t i = 0; i < all->items.size(); ++i) RIDGE_TRY_VOID(baseline(all->items[i], i + 1));
  return {};
}

Result<void> TaskParser::baseline(const DocNode& node, std::size_t number) {
  const std::string section = fmt::format("[[baseline]] {}:", number);
  RIDGE_TRY_VOID(known_keys(node, section, {"name", "source", "libraries"}));
  Baseline b;
  RIDGE_TRY(const DocNode* named, needed(node, section, "name"));
  RIDGE_TRY(b.name, read_text(where_, section + " name", *named));
  if (!file_word(b.name) || b.name == "seed")
    return where_.at(*named).invalid("{} name = {}: expected a word other than seed", section, named->shown());
  for (const Baseline& other : task_.baselines)
    if (other.name == b.name)
      return where_.at(*named).invalid("{} name = {}: stands there twice", section, named->shown());
  RIDGE_TRY(const DocNode* source, needed(node, section, "source"));
  RIDGE_TRY(b.file, read_text(where_, section + " source", *source));
  if (!file_word(b.file))
    return where_.at(*source).invalid("{} source = {}: expected the name of a file in the task's folder", section,
                                      source->shown());
  if (const DocNode* names = node.find("libraries")) {
    RIDGE_TRY(b.libraries, libraries(section + " libraries", *names));
  }
  task_.baselines.push_back(std::move(b));
  return {};
}

}  // namespace ridge
