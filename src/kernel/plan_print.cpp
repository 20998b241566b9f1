// From a plan to its two encodings. Both are read back by plan_parse.cpp.
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "kernel/document.h"
#include "kernel/plan.h"

namespace ridge {

namespace {

std::string quoted(const Expression& e) {
  return toml_string(e.text());
}

template <class T, class Print>
std::string list(const std::vector<T>& items, Print&& print) {
  std::vector<std::string> parts;
  for (const T& item : items) parts.push_back(print(item));
  return "[" + join(parts, ", ") + "]";
}
std::string names_list(const std::vector<std::string>& names) {
  return list(names, [](const std::string& n) { return toml_string(n); });
}

class PlanPrinter {
 public:
  std::string print(const Plan& plan) {
    if (!plan.constraints.empty()) line("constraints", list(plan.constraints, quoted));
    if (!plan.tunables.empty()) {
      header("[tune]");
      for (const Tunable& t : plan.tunables) line(t.name, tunable(t));
    }
    if (!plan.flags.empty()) {
      header("[build]");
      line("flags", names_list(plan.flags));
    }
    if (!plan.scratch.empty()) {
      header("[scratch]");
      for (const Scratch& s : plan.scratch) line(s.name, scratch(s));
    }
    stages("setup", plan.setup);
    stages("stage", plan.stages);
    return out_;
  }

 private:
  void line(std::string_view key, std::string_view value) { out_ += fmt::format("{} = {}\n", key, value); }
  void line(std::string_view key, const std::optional<Expression>& value) {
    if (value) line(key, quoted(*value));
  }
  void header(std::string_view text) { out_ += fmt::format("{}{}\n", out_.empty() ? "" : "\n", text); }

  static std::string tunable(const Tunable& t) {
    const std::string values = list(t.values, toml_value);
    if (t.default_index == 0) return values;
    return fmt::format("{{ values = {}, default = {} }}", values, toml_value(t.values[t.default_index]));
  }
  static std::string scratch(const Scratch& s) {
    return fmt::format("{{ type = \"{}\", count = {}{} }}", name(s.type), quoted(s.count),
                       s.keep ? ", keep = true" : "");
  }
  static std::string argument(const Argument& a) {
    switch (a.kind) {
      case Argument::Kind::name:
        return toml_string(a.name);
      case Argument::Kind::value:
        return fmt::format("{{ value = {}{} }}", quoted(a.value),
                           a.type ? fmt::format(", type = \"{}\"", name(*a.type)) : "");
      case Argument::Kind::part:
        return fmt::format("{{ buffer = {}, offset = {} }}", toml_string(a.name), quoted(a.value));
      case Argument::Kind::local:
        return fmt::format("{{ local = {} }}", quoted(a.value));
    }
    return "";
  }

  void rotate(const std::vector<std::vector<std::string>>& cycles) {
    if (!cycles.empty()) line("rotate", list(cycles, names_list));
  }
  void stages(const std::string& key, const std::vector<Stage>& all) {
    for (const Stage& s : all) {
      header("[[" + key + "]]");
      line("when", s.when);
      line("repeat", s.repeat);
      if (!s.index.empty()) line("index", toml_string(s.index));
      rotate(s.rotate);
      ops(key + ".op", s.ops);
    }
  }
  void ops(const std::string& key, const std::vector<Op>& all) {
    for (const Op& op : all) {
      out_ += "[[" + key + "]]\n";
      std::visit([&](const auto& action) { print_action(action); }, op.action);
      line("when", op.when);
      rotate(op.rotate);
      if (const Loop* loop = std::get_if<Loop>(&op.action)) ops(key + ".op", loop->ops);
    }
  }
  void axes(std::string_view key, const std::vector<Expression>& all) {
    if (!all.empty()) line(key, list(all, quoted));
  }
  void print_action(const Launch& l) {
    line("launch", toml_string(l.kernel));
    axes("grid", l.grid);
    axes("threads", l.threads);
    axes("block", l.block);
    axes("cluster", l.cluster);
    line("shared", l.shared);
    line("workers", l.workers);
    if (l.cooperative) line("cooperative", "true");
    if (!l.options.empty()) {
      std::vector<std::string> parts;
      for (const auto& [key, value] : l.options) parts.push_back(key + " = " + toml_string(value));
      line("options", "{ " + join(parts, ", ") + " }");
    }
    line("args", list(l.arguments, argument));
  }
  void print_action(const Fill& f) {
    line("fill", toml_string(f.buffer));
    line("value", quoted(f.value));
    if (f.type) line("type", fmt::format("\"{}\"", name(*f.type)));
    line("offset", f.offset);
    line("count", f.count);
  }
  void print_action(const Copy& c) {
    std::string body = fmt::format("from = {}, to = {}", toml_string(c.from), toml_string(c.to));
    const auto add = [&](std::string_view key, const std::optional<Expression>& e) {
      if (e) body += fmt::format(", {} = {}", key, quoted(*e));
    };
    add("from_offset", c.from_offset);
    add("to_offset", c.to_offset);
    add("count", c.count);
    line("copy", "{ " + body + " }");
  }
  void print_action(const Loop& l) {
    line("loop", quoted(l.repeat));
    if (!l.index.empty()) line("index", toml_string(l.index));
  }

  std::string out_;
};

// ---- JSON: the same keys; tunables and scratch are arrays, because objects keep no order.

using Json = nlohmann::json;

void put(Json& to, const char* key, const std::optional<Expression>& e) {
  if (e) to[key] = e->text();
}
void put(Json& to, const char* key, const std::vector<Expression>& all) {
  if (all.empty()) return;
  Json& array = to[key] = Json::array();
  for (const Expression& e : all) array.push_back(e.text());
}
Json value_json(const ParameterValue& v) {
  return std::visit([](const auto& x) { return Json(x); }, v);
}

Json argument_json(const Argument& a) {
  switch (a.kind) {
    case Argument::Kind::name:
      return a.name;
    case Argument::Kind::value: {
      Json j = {{"value", a.value.text()}};
      if (a.type) j["type"] = name(*a.type);
      return j;
    }
    case Argument::Kind::part:
      return {{"buffer", a.name}, {"offset", a.value.text()}};
    case Argument::Kind::local:
      return {{"local", a.value.text()}};
  }
  return nullptr;
}

Json ops_json(const std::vector<Op>& ops);

Json action_json(const Launch& l) {
  Json j = {{"launch", l.kernel}, {"args", Json::array()}};
  put(j, "grid", l.grid);
  put(j, "threads", l.threads);
  put(j, "block", l.block);
  put(j, "cluster", l.cluster);
  put(j, "shared", l.shared);
  put(j, "workers", l.workers);
  if (l.cooperative) j["cooperative"] = true;
  if (!l.options.empty()) j["options"] = l.options;
  for (const Argument& a : l.arguments) j["args"].push_back(argument_json(a));
  return j;
}
Json action_json(const Fill& f) {
  Json j = {{"fill", f.buffer}, {"value", f.value.text()}};
  if (f.type) j["type"] = name(*f.type);
  put(j, "offset", f.offset);
  put(j, "count", f.count);
  return j;
}
Json action_json(const Copy& c) {
  Json j = {{"from", c.from}, {"to", c.to}};
  put(j, "from_offset", c.from_offset);
  put(j, "to_offset", c.to_offset);
  put(j, "count", c.count);
  return {{"copy", std::move(j)}};
}
Json action_json(const Loop& l) {
  Json j = {{"loop", l.repeat.text()}, {"op", ops_json(l.ops)}};
  if (!l.index.empty()) j["index"] = l.index;
  return j;
}

Json ops_json(const std::vector<Op>& ops) {
  Json array = Json::array();
  for (const Op& op : ops) {
    Json j = std::visit([](const auto& action) { return action_json(action); }, op.action);
    put(j, "when", op.when);
    if (!op.rotate.empty()) j["rotate"] = op.rotate;
    array.push_back(std::move(j));
  }
  return array;
}

Json stages_json(const std::vector<Stage>& stages) {
  Json array = Json::array();
  for (const Stage& s : stages) {
    Json j = {{"op", ops_json(s.ops)}};
    put(j, "repeat", s.repeat);
    if (!s.index.empty()) j["index"] = s.index;
    put(j, "when", s.when);
    if (!s.rotate.empty()) j["rotate"] = s.rotate;
    array.push_back(std::move(j));
  }
  return array;
}

}  // namespace

std::string to_toml(const Plan& plan) {
  return PlanPrinter().print(plan);
}

nlohmann::json to_json(const Plan& plan) {
  Json j = Json::object();
  put(j, "constraints", plan.constraints);
  for (const Tunable& t : plan.tunables) {
    Json entry = {{"name", t.name}, {"values", Json::array()}};
    for (const ParameterValue& v : t.values) entry["values"].push_back(value_json(v));
    if (t.default_index != 0) entry["default"] = value_json(t.values[t.default_index]);
    j["tune"].push_back(std::move(entry));
  }
  if (!plan.flags.empty()) j["build"]["flags"] = plan.flags;
  for (const Scratch& s : plan.scratch) {
    Json entry = {{"name", s.name}, {"type", name(s.type)}, {"count", s.count.text()}};
    if (s.keep) entry["keep"] = true;
    j["scratch"].push_back(std::move(entry));
  }
  if (!plan.setup.empty()) j["setup"] = stages_json(plan.setup);
  j["stage"] = stages_json(plan.stages);
  return j;
}

}  // namespace ridge
