// Plans for tests: an interface like a small stencil's, and random plans over it.
#pragma once

#include <string>
#include <vector>

#include "base/random.h"
#include "kernel/plan.h"

namespace ridge::samples {

inline Expression expr(const std::string& text) {
  const auto e = Expression::parse(text);
  RIDGE_CHECK(e.has_value(), text);
  return *e;
}

// u: inout, v: out, w: in and constant, all of nx * ny f32; k: in, i32.
inline Interface stencil(bool setup_allowed = true) {
  Interface i;
  i.symbols = {{"nx", ScalarType::i32, 1, 4096},
               {"ny", ScalarType::i32, 1, 4096},
               {"steps", ScalarType::i32, 0, 1000},
               {"alpha", ScalarType::f32, 0.0, 1.0}};
  i.derived = {{"cells", expr("nx * ny")}};
  const std::vector<Expression> shape = {expr("ny"), expr("nx")};
  i.buffers = {{"u", ScalarType::f32, shape, Access::inout, false},
               {"v", ScalarType::f32, shape, Access::out, false},
               {"w", ScalarType::f32, shape, Access::in, true},
               {"k", ScalarType::i32, {expr("nx")}, Access::in, false}};
  i.setup_allowed = setup_allowed;
  return i;
}
inline Binding small() {
  return {{"nx", 8}, {"ny", 4}, {"steps", 5}, {"alpha", 0.25}};
}

inline PlanLimits gpu(Dialect dialect = Dialect::cuda) {
  PlanLimits limits;
  limits.dialect = dialect;
  limits.grid = true;
  limits.max_shared = 48 << 10;
  limits.options = {"max_registers"};
  return limits;
}
inline PlanLimits cpu() {
  PlanLimits limits;
  limits.max_workers = 4;
  return limits;
}
inline MapScope facts() {
  return MapScope({{"dev.cores", 4}, {"dev.warp", 32}});
}

// A text and what is said about it.
struct Broken {
  std::string toml;
  const char* message;
};

// Any plan that the parser accepts, whatever it means.
class RandomPlan {
 public:
  explicit RandomPlan(Rng& rng) : rng_(rng) {}

  Plan make() {
    Plan p;
    for (int i = count(3); i > 0; --i) p.constraints.push_back(expression());
    for (int i = count(4); i > 0; --i) p.tunables.push_back(tunable("T" + std::to_string(i)));
    for (int i = count(3); i > 0; --i) p.flags.push_back("-Dx=" + odd_text());
    for (int i = count(3); i > 0; --i)
      p.scratch.push_back({"s" + std::to_string(i), type(), expression(), rng_.coin(), 0});
    for (int i = count(2); i > 0; --i) p.setup.push_back(stage());
    for (int i = 1 + count(2); i > 0; --i) p.stages.push_back(stage());
    return p;
  }

 private:
  int count(int most) { return int(rng_.below(std::uint64_t(most) + 1)); }
  ScalarType type() { return ScalarType(rng_.below(14)); }
  Expression expression() {
    static const char* const all[] = {"0",    "nx",     "nx * ny // 2",    "1 << T1", "steps % 2 == 0 ? 1 : 2",
                                      "0x10", "1.5e-3", "ceil_div(nx, 16)"};
    return expr(all[rng_.below(std::size(all))]);
  }
  std::optional<Expression> maybe() { return rng_.coin() ? std::optional(expression()) : std::nullopt; }
  std::string name() { return std::string(1, char('a' + rng_.below(26))) + std::to_string(rng_.below(10)); }
  // No spaces, but everything that a printer could get wrong.
  std::string odd_text() {
    static const char all[] = "ab\"\\*/'#=[]{}.,$%";
    std::string out;
    for (int i = 1 + count(8); i > 0; --i) out += all[rng_.below(sizeof all - 1)];
    return out;
  }
  Tunable tunable(std::string n) {
    Tunable t;
    t.name = std::move(n);
    const auto kind = rng_.below(4);
    const int values = kind == 2 ? 1 + count(1) : 1 + count(5);
    for (int i = 0; i < values; ++i) {
      if (kind == 0) t.values.push_back(std::int64_t(i * 7 - 3));
      if (kind == 1) t.values.push_back(rng_.normal() * 1e10);
      if (kind == 2) t.values.push_back(i == 0);
      if (kind == 3) t.values.push_back(std::to_string(i) + " " + odd_text());
    }
    t.default_index = rng_.below(t.values.size());
    return t;
  }
  std::vector<std::vector<std::string>> rotation() {
    std::vector<std::vector<std::string>> out;
    for (int i = count(1); i > 0; --i) {
      out.emplace_back();
      for (int k = 2 + count(2); k > 0; --k) out.back().push_back(name());
    }
    return out;
  }
  Argument argument() {
    Argument a;
    a.kind = Argument::Kind(rng_.below(4));
    if (a.kind == Argument::Kind::name || a.kind == Argument::Kind::part) a.name = name();
    if (a.kind != Argument::Kind::name) a.value = expression();
    if (a.kind == Argument::Kind::value && rng_.coin()) a.type = type();
    return a;
  }
  std::vector<Expression> axes() {
    std::vector<Expression> out;
    for (int i = count(3); i > 0; --i) out.push_back(expression());
    return out;
  }
  Op op(int depth) {
    Op o;
    switch (rng_.below(depth < 3 ? 4 : 3)) {
      case 0: {
        Launch l;
        l.kernel = name();
        l.grid = axes();
        l.threads = axes();
        l.block = axes();
        l.cluster = axes();
        l.shared = maybe();
        l.workers = maybe();
        l.cooperative = rng_.coin();
        if (rng_.coin()) l.options = {{"max_registers", odd_text()}, {"x", "1"}};
        for (int i = count(6); i > 0; --i) l.arguments.push_back(argument());
        o.action = std::move(l);
        break;
      }
      case 1:
        o.action = Fill{name(), expression(), rng_.coin() ? std::optional(type()) : std::nullopt, maybe(), maybe()};
        break;
      case 2:
        o.action = Copy{name(), name(), maybe(), maybe(), maybe()};
        break;
      default:
        o.action = Loop{expression(), rng_.coin() ? "i" + name() : "", ops(depth + 1)};
        break;
    }
    o.when = maybe();
    o.rotate = rotation();
    return o;
  }
  std::vector<Op> ops(int depth) {
    std::vector<Op> out;
    for (int i = 1 + count(2); i > 0; --i) out.push_back(op(depth));
    return out;
  }
  Stage stage() {
    Stage s;
    s.repeat = maybe();
    if (s.repeat && rng_.coin()) s.index = "t";
    s.when = maybe();
    s.rotate = rotation();
    s.ops = ops(0);
    return s;
  }
  Rng& rng_;
};

}  // namespace ridge::samples
