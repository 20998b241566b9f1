// Everything that can be said about a plan without a workload. Messages name file, line, place and field.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "kernel/document.h"
#include "kernel/internal/names.h"

namespace ridge {

namespace {

// Macros of these names would change the meaning of every source around the candidate's.
const std::set<std::string, std::less<>> reserved_words = {
    "alignas",  "asm",     "auto",     "bool",     "break",     "case",     "char",     "class",  "const",
    "continue", "default", "delete",   "do",       "double",    "else",     "enum",     "extern", "false",
    "float",    "for",     "goto",     "if",       "inline",    "int",      "long",     "main",   "new",
    "operator", "private", "public",   "register", "return",    "short",    "signed",   "sizeof", "static",
    "struct",   "switch",  "template", "this",     "true",      "typedef",  "typename", "union",  "unsigned",
    "using",    "void",    "volatile", "while",    "namespace", "decltype", "dev"};

bool reserved(std::string_view name) {
  return reserved_words.contains(name) || name.find("__") != std::string_view::npos || name.starts_with("ridge") ||
         name.starts_with("RIDGE") || (name.size() > 1 && name[0] == '_' && name[1] >= 'A' && name[1] <= 'Z');
}

std::string_view kind_name(PlanName::Kind kind) {
  switch (kind) {
    case PlanName::Kind::symbol:
      return "symbol";
    case PlanName::Kind::derived:
      return "derived symbol";
    case PlanName::Kind::buffer:
      return "buffer";
    case PlanName::Kind::scratch:
      return "scratch";
    case PlanName::Kind::tunable:
      return "tunable";
  }
  return "";
}

bool is_text(const Tunable& t) {
  return std::holds_alternative<std::string>(t.values[0]);
}

std::string quote(const std::string& text) {
  return "\"" + text + "\"";
}
std::string quote(const Expression& e) {
  return quote(e.text());
}

class PlanValidator {
 public:
  // Without limits only names and kinds are looked at.
  PlanValidator(const PlanNames& names, const PlanLimits* limits, const std::string& file)
      : names_(names), plan_(names.plan), limits_(limits), file_(file) {}

  Result<void> run() {
    RIDGE_TRY_VOID(tunables());
    RIDGE_TRY_VOID(scratch());
    for (std::size_t i = 0; i < plan_.constraints.size(); ++i)
      RIDGE_TRY_VOID(expression({file_, 0, ""}, fmt::format("constraints[{}]", i + 1), plan_.constraints[i], false));
    RIDGE_TRY_VOID(setup_rules());
    phase_ = Phase::setup;
    RIDGE_TRY_VOID(stages(plan_.setup));
    phase_ = Phase::stage;
    if (plan_.stages.empty()) return invalid("{}: the plan has no [[stage]]", file_);
    return stages(plan_.stages);
  }

 private:
  // ---- declarations

  Result<void> unique(const Where& where, const std::string& name, PlanName::Kind kind, std::size_t index) const {
    const PlanName* first = names_.find(name);
    if (first && (first->kind != kind || first->index != index))
      return where.invalid("the name is already that of a {}", kind_name(first->kind));
    return {};
  }

  Result<void> tunables() const {
    for (std::size_t i = 0; i < plan_.tunables.size(); ++i) {
      const Tunable& t = plan_.tunables[i];
      const Where where{file_, t.line, "[tune] " + t.name};
      if (!is_identifier(t.name) || t.name.size() < 2)
        return where.invalid("a tunable's name has at least two characters (letters, digits and _)");
      if (reserved(t.name)) return where.invalid("the name is reserved");
      RIDGE_TRY_VOID(unique(where, t.name, PlanName::Kind::tunable, i));
      if (t.values.empty() || t.default_index >= t.values.size()) return where.invalid("no value, or no such default");
      for (const ParameterValue& v : t.values)
        if (v.index() != t.values[0].index()) return where.invalid("all values must be of one kind");
      if ((t.name == "FLAGS" || t.name == "COMPILER") && !is_text(t))
        return where.invalid("the values of {} are strings", t.name);
      if (t.name == "COMPILER") RIDGE_TRY_VOID(compilers(where, t));
      if (t.name == "FLAGS" && !plan_.flags.empty())
        return where.invalid("[build] flags = … fixes the flags: give either flags or choices");
    }
    return {};
  }

  Result<void> compilers(const Where& where, const Tunable& t) const {
    static const std::vector<std::string> known = {"g++", "clang++"};
    if (limits_ && limits_->dialect != Dialect::cpp)
      return where.invalid("the dialect {} has one compiler", name(limits_->dialect));
    for (const ParameterValue& v : t.values)
      if (std::ranges::find(known, std::get<std::string>(v)) == known.end())
        return where.invalid("{}: no such compiler{}", quote(text(v)), suggestion(text(v), known));
    return {};
  }

  Result<void> scratch() const {
    for (std::size_t i = 0; i < plan_.scratch.size(); ++i) {
      const Scratch& s = plan_.scratch[i];
      const Where where{file_, s.line, "[scratch] " + s.name};
      if (!is_identifier(s.name) || reserved(s.name)) return where.invalid("the name is reserved or not a name");
      RIDGE_TRY_VOID(unique(where, s.name, PlanName::Kind::scratch, i));
      RIDGE_TRY_VOID(expression(where, "count", s.count));
      if (s.keep && plan_.setup.empty())
        return where.invalid("keep = true, but the plan has no [[setup]] that could write it");
    }
    return {};
  }

  Result<void> setup_rules() const {
    if (plan_.setup.empty() || names_.interface.setup_allowed) return {};
    return Where{file_, plan_.setup[0].line, "setup 1"}.invalid(
        "this task allows no [[setup]]; do the work in a [[stage]]");
  }

  // ---- expressions

  // `sizes`: the workload's symbols may be used.
  Result<void> expression(const Where& where, std::string_view field, const Expression& e, bool sizes = true) const {
    for (const std::string& symbol : e.symbols()) {
      if (std::ranges::find(device_facts, symbol) != std::end(device_facts)) continue;
      if (std::ranges::find(indices_, symbol) != indices_.end()) continue;
      const PlanName* found = symbol.starts_with("dev.") ? nullptr : names_.find(symbol);
      if (!found) {
        const std::vector<std::string> known = numbers(sizes);
        return where.invalid("{} = {}: unknown name {}{}", field, quote(e), quote(symbol), suggestion(symbol, known));
      }
      if (found->storage())
        return where.invalid("{} = {}: {} is a {}, not a number", field, quote(e), quote(symbol),
                             kind_name(found->kind));
      if (found->kind == PlanName::Kind::tunable) {
        if (is_text(plan_.tunables[found->index]))
          return where.invalid("{} = {}: the tunable {} is a string, not a number", field, quote(e), quote(symbol));
      } else if (!sizes) {
        return where.invalid("{} = {}: {} is a {}; only tunables and dev.* may stand here", field, quote(e),
                             quote(symbol), kind_name(found->kind));
      }
    }
    return {};
  }
  Result<void> expression(const Where& where, std::string_view field, const std::optional<Expression>& e) const {
    return e ? expression(where, field, *e) : Result<void>();
  }
  Result<void> expressions(const Where& where, std::string_view field, const std::vector<Expression>& all) const {
    if (all.size() > 3) return where.invalid("{}: at most 3 numbers", field);
    for (std::size_t i = 0; i < all.size(); ++i)
      RIDGE_TRY_VOID(expression(where, fmt::format("{}[{}]", field, i + 1), all[i]));
    return {};
  }

  // Names that an expression may use, for messages.
  std::vector<std::string> numbers(bool sizes) const {
    std::vector<std::string> out;
    if (sizes) {
      for (const Symbol& s : names_.interface.symbols) out.push_back(s.name);
      for (const Derived& d : names_.interface.derived) out.push_back(d.name);
    }
    for (const Tunable& t : plan_.tunables)
      if (!t.values.empty() && !is_text(t)) out.push_back(t.name);
    out.insert(out.end(), indices_.begin(), indices_.end());
    for (const std::string_view fact : device_facts) out.emplace_back(fact);
    return out;
  }

  // ---- stages and ops

  Result<void> stages(const std::vector<Stage>& all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Stage& s = all[i];
      const Where where{file_, s.line, place_of(phase_, i + 1)};
      RIDGE_TRY_VOID(expression(where, "when", s.when));
      RIDGE_TRY_VOID(expression(where, "repeat", s.repeat));
      RIDGE_TRY_VOID(rotation(where, s.rotate));
      RIDGE_TRY_VOID(inside(where, s.index, s.ops, 0));
    }
    return {};
  }

  // The ops of a repeat whose counter is `index`.
  Result<void> inside(const Where& where, const std::string& index, const std::vector<Op>& all, int depth) {
    if (all.empty()) return where.invalid("no op: at least one is needed");
    if (!index.empty()) {
      if (!is_identifier(index) || names_.find(index) || std::ranges::find(indices_, index) != indices_.end())
        return where.invalid("index = {}: the name is taken", quote(index));
      indices_.push_back(index);
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
      Where here = where.in(fmt::format("op {}", i + 1));
      if (all[i].line > 0) here.line = all[i].line;
      RIDGE_TRY_VOID(op(here, all[i], depth));
    }
    if (!index.empty()) indices_.pop_back();
    return {};
  }

  Result<void> op(const Where& where, const Op& o, int depth) {
    RIDGE_TRY_VOID(expression(where, "when", o.when));
    RIDGE_TRY_VOID(rotation(where, o.rotate));
    if (const Launch* l = std::get_if<Launch>(&o.action)) return launch(where, *l);
    if (const Fill* f = std::get_if<Fill>(&o.action)) return fill(where, *f);
    if (const Copy* c = std::get_if<Copy>(&o.action)) return copy(where, *c);
    const Loop& loop = std::get<Loop>(o.action);
    if (depth >= 3) return where.invalid("loops are nested deeper than 3");
    RIDGE_TRY_VOID(expression(where, "loop", loop.repeat));
    return inside(where, loop.index, loop.ops, depth + 1);
  }

  Result<void> rotation(const Where& where, const std::vector<std::vector<std::string>>& cycles) const {
    for (std::size_t i = 0; i < cycles.size(); ++i) {
      const std::string field = fmt::format("rotate[{}]", i + 1);
      std::set<std::string> seen;
      std::optional<ScalarType> type;
      if (cycles[i].size() < 2) return where.invalid("{}: at least two names rotate", field);
      for (const std::string& n : cycles[i]) {
        RIDGE_TRY(const PlanName* found, storage(where, field, n));
        if (!seen.insert(n).second) return where.invalid("{}: {} stands there twice", field, quote(n));
        RIDGE_TRY_VOID(may_write(where, field, n, *found, "rotate"));
        const ScalarType its = names_.storage_type(*found);
        if (type && its != *type)
          return where.invalid("{}: {} has type {}, {} has {}: rotated names have equal type and size", field,
                               quote(cycles[i][0]), name(*type), quote(n), name(its));
        type = its;
      }
    }
    return {};
  }

  Result<const PlanName*> storage(const Where& where, std::string_view field, const std::string& n) const {
    const PlanName* found = names_.find(n);
    if (found && found->storage()) return found;
    if (found)
      return where.invalid("{} = {}: a {}, expected a buffer or scratch", field, quote(n), kind_name(found->kind));
    std::vector<std::string> known;
    for (const BufferSpec& b : names_.interface.buffers) known.push_back(b.name);
    for (const Scratch& s : plan_.scratch) known.push_back(s.name);
    return where.invalid("{} = {}: no buffer or scratch of that name{}", field, quote(n), suggestion(n, known));
  }

  Result<void> may_write(const Where& where, std::string_view field, const std::string& n, const PlanName& found,
                         std::string_view verb) const {
    if (names_.writable(found, phase_)) return {};
    if (phase_ == Phase::setup)
      return where.invalid("{}: a [[setup]] may only {} scratch marked keep, and {} is not", field, verb, quote(n));
    if (found.kind == PlanName::Kind::scratch)
      return where.invalid("{}: {} is kept scratch, which only [[setup]] may {}", field, quote(n), verb);
    return where.invalid("{}: {} is an input and may not {}", field, quote(n),
                         verb == "rotate" ? "rotate" : "be written");
  }

  Result<void> may_read(const Where& where, std::string_view field, const std::string& n, const PlanName& found) const {
    if (phase_ != Phase::setup) return {};
    const bool fine = found.kind == PlanName::Kind::buffer ? names_.interface.buffers[found.index].constant
                                                           : plan_.scratch[found.index].keep;
    if (!fine)
      return where.invalid("{} = {}: a [[setup]] may only use constant buffers and scratch marked keep", field,
                           quote(n));
    return {};
  }

  Result<void> fill(const Where& where, const Fill& f) const {
    RIDGE_TRY(const PlanName* found, storage(where, "fill", f.buffer));
    RIDGE_TRY_VOID(may_write(where, "fill", f.buffer, *found, "write"));
    if (f.type && size_of(*f.type) != size_of(names_.storage_type(*found)))
      return where.invalid("type = \"{}\": its size differs from that of {} ({})", name(*f.type), quote(f.buffer),
                           name(names_.storage_type(*found)));
    RIDGE_TRY_VOID(expression(where, "value", f.value));
    RIDGE_TRY_VOID(expression(where, "offset", f.offset));
    return expression(where, "count", f.count);
  }

  Result<void> copy(const Where& where, const Copy& c) const {
    RIDGE_TRY(const PlanName* from, storage(where, "copy.from", c.from));
    RIDGE_TRY(const PlanName* to, storage(where, "copy.to", c.to));
    RIDGE_TRY_VOID(may_read(where, "copy.from", c.from, *from));
    RIDGE_TRY_VOID(may_write(where, "copy.to", c.to, *to, "write"));
    if (names_.storage_type(*from) != names_.storage_type(*to))
      return where.invalid("copy: {} has type {}, {} has {}", quote(c.from), name(names_.storage_type(*from)),
                           quote(c.to), name(names_.storage_type(*to)));
    RIDGE_TRY_VOID(expression(where, "copy.from_offset", c.from_offset));
    RIDGE_TRY_VOID(expression(where, "copy.to_offset", c.to_offset));
    return expression(where, "copy.count", c.count);
  }

  Result<void> launch(const Where& where, const Launch& l) const {
    if (!is_identifier(l.kernel) || reserved(l.kernel) || names_.find(l.kernel))
      return where.invalid("launch = {}: the name is taken or reserved", quote(l.kernel));
    RIDGE_TRY_VOID(expressions(where, "grid", l.grid));
    RIDGE_TRY_VOID(expressions(where, "threads", l.threads));
    RIDGE_TRY_VOID(expressions(where, "block", l.block));
    RIDGE_TRY_VOID(expressions(where, "cluster", l.cluster));
    RIDGE_TRY_VOID(expression(where, "shared", l.shared));
    RIDGE_TRY_VOID(expression(where, "workers", l.workers));
    for (std::size_t i = 0; i < l.arguments.size(); ++i) RIDGE_TRY_VOID(argument(where, i, l.arguments[i]));
    return limits_ ? device_rules(where, l) : Result<void>();
  }

  Result<void> argument(const Where& launch, std::size_t i, const Argument& a) const {
    Where where = launch;
    if (a.line > 0) where.line = a.line;
    const std::string field = fmt::format("args[{}]", i + 1);
    switch (a.kind) {
      case Argument::Kind::value:
        return expression(where, field + ".value", a.value);
      case Argument::Kind::local:
        return expression(where, field + ".local", a.value);
      case Argument::Kind::part: {
        RIDGE_TRY(const PlanName* found, storage(where, field + ".buffer", a.name));
        RIDGE_TRY_VOID(may_read(where, field + ".buffer", a.name, *found));
        return expression(where, field + ".offset", a.value);
      }
      case Argument::Kind::name:
        break;
    }
    if (std::ranges::find(indices_, a.name) != indices_.end()) return {};
    const PlanName* found = names_.find(a.name);
    if (!found) {
      std::vector<std::string> known = names_.all();
      known.insert(known.end(), indices_.begin(), indices_.end());
      return where.invalid("{} = {}: no buffer, scratch or symbol of that name{}", field, quote(a.name),
                           suggestion(a.name, known));
    }
    if (found->storage()) return may_read(where, field, a.name, *found);
    if (found->kind == PlanName::Kind::tunable) {
      const Tunable& t = plan_.tunables[found->index];
      if (is_text(t))
        return where.invalid("{} = {}: the tunable is a string, and a kernel takes numbers", field, quote(a.name));
      if (std::holds_alternative<double>(t.values[0]))
        return where.invalid(
            "{0} = {1}: the tunable is a real; say how it is passed: {{ value = {1}, type = \"f32\" }}", field,
            quote(a.name));
    }
    return {};
  }

  // ---- what a device or a dialect allows

  Result<void> device_rules(const Where& where, const Launch& l) const {
    if (l.arguments.size() > std::size_t(limits_->max_arguments))
      return where.invalid("args: {} arguments are too many (at most {})", l.arguments.size(), limits_->max_arguments);
    for (const auto& [key, value] : l.options)
      if (std::ranges::find(limits_->options, key) == limits_->options.end())
        return where.invalid("options.{}: this device has no such option{}", key, suggestion(key, limits_->options));
    return limits_->grid ? grid_rules(where, l) : call_rules(where, l);
  }

  Result<void> call_rules(const Where& where, const Launch& l) const {
    const std::pair<std::string_view, bool> foreign[] = {
        {"grid", !l.grid.empty()},       {"threads", !l.threads.empty()},  {"block", !l.block.empty()},
        {"cluster", !l.cluster.empty()}, {"shared", l.shared.has_value()}, {"cooperative", l.cooperative}};
    for (const auto& [field, present] : foreign)
      if (present)
        return where.invalid("{}: not known in the dialect {}, where a launch is one call of a function; leave it out",
                             field, name(limits_->dialect));
    for (std::size_t i = 0; i < l.arguments.size(); ++i)
      if (l.arguments[i].kind == Argument::Kind::local)
        return where.invalid("args[{}]: the dialect {} has no local memory to pass; use scratch", i + 1,
                             name(limits_->dialect));
    return {};
  }

  Result<void> grid_rules(const Where& where, const Launch& l) const {
    const Dialect dialect = limits_->dialect;
    if (l.workers) return where.invalid("workers: a CPU's team, not known in the dialect {}", name(dialect));
    if (l.grid.empty() == l.threads.empty())
      return where.invalid("{}: a launch needs either grid (in blocks) or threads",
                           l.grid.empty() ? "grid" : "threads");
    if (l.block.empty()) return where.invalid("block: a launch needs the size of a block");
    if (l.shared && dialect == Dialect::opencl)
      return where.invalid("shared: OpenCL takes local memory as an argument: {{ local = \"bytes\" }}");
    if (dialect != Dialect::cuda && !l.cluster.empty())
      return where.invalid("cluster: not known in the dialect {}", name(dialect));
    if (dialect != Dialect::cuda && l.cooperative)
      return where.invalid("cooperative: not known in the dialect {}", name(dialect));
    for (std::size_t i = 0; i < l.arguments.size(); ++i)
      if (l.arguments[i].kind == Argument::Kind::local && dialect == Dialect::cuda)
        return where.invalid("args[{}]: CUDA has no local arguments; use shared = \"bytes\"", i + 1);
    return {};
  }

  const PlanNames& names_;
  const Plan& plan_;
  const PlanLimits* limits_;
  const std::string& file_;
  Phase phase_ = Phase::stage;
  std::vector<std::string> indices_;
};

}  // namespace

Result<void> validate_names(const PlanNames& names, const std::string& file) {
  return PlanValidator(names, nullptr, file).run();
}

Result<void> validate(const Plan& plan, const Interface& interface, const PlanLimits& limits, const std::string& file) {
  const PlanNames names(plan, interface);
  RIDGE_TRY_VOID(PlanValidator(names, &limits, file).run());
  RIDGE_TRY(const auto kernels, collect_signatures(names, file));
  (void)kernels;
  return {};
}

}  // namespace ridge
