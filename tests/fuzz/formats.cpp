// Formats that people write: expressions, plans, tasks, recorded landscapes.
#include <nlohmann/json.hpp>

#include "base/expression.h"
#include "base/random.h"
#include "catalog/catalog.h"
#include "kernel/resolve.h"
#include "kernel/space.h"
#include "landscape/landscape.h"
#include "targets.h"

namespace ridge::fuzz {
namespace {

template <class T>
bool answered(const Result<T>& r) {
  RIDGE_CHECK(r || !r.error().message.empty(), "an error says something");
  return r.has_value();
}

Expression known(const char* text) {
  return *Expression::parse(text);
}

// A task's interface as a plan sees it.
const Interface& interface() {
  static const Interface one = [] {
    Interface i;
    i.symbols = {
        {"nx", ScalarType::i32, 1, 4096}, {"steps", ScalarType::i32, 0, 1000}, {"alpha", ScalarType::f32, 0, 1}};
    i.derived = {{"cells", known("nx * nx")}};
    i.buffers = {{"u", ScalarType::f32, {known("nx"), known("nx")}, Access::inout, false},
                 {"v", ScalarType::f32, {known("nx"), known("nx")}, Access::out, false},
                 {"w", ScalarType::f32, {known("nx")}, Access::in, true}};
    i.setup_allowed = true;
    return i;
  }();
  return one;
}

}  // namespace

void expression(std::string_view input) {
  const auto e = Expression::parse(input);
  if (!answered(e)) return;
  const auto again = Expression::parse(e->text());
  RIDGE_CHECK(again && *again == *e && again->symbols() == e->symbols(), "an expression's text is that expression");
  (void)e->to_cpp();
  MapScope scope;
  const Number values[] = {Number(std::int64_t(7)), Number(std::int64_t(0)), Number(std::int64_t(-3)),
                           Number(INT64_MAX),       Number(INT64_MIN),       Number(0.5)};
  for (const Number& value : values) {
    for (const std::string& name : e->symbols()) scope.set(name, value);
    (void)answered(e->evaluate(scope));
    (void)answered(e->integer(scope));
  }
}

void plan(std::string_view input) {
  const std::string source(input);
  const auto p = plan_from_source(source, "it.cpp");
  if (!answered(p)) return;
  const auto from_json = plan_from_json(to_json(*p));
  RIDGE_CHECK(from_json && *from_json == *p, "a plan comes back equal from JSON");
  const auto from_toml = parse_plan(to_toml(*p), "it.toml");
  RIDGE_CHECK(from_toml && *from_toml == *p, "a plan comes back equal from TOML");
  PlanLimits limits;
  limits.max_ops = 2000;
  limits.max_bytes = 1 << 20;
  limits.max_workers = 4;
  const MapScope device({{"dev.cores", Number(std::int64_t(4))}});
  if (!answered(validate(*p, interface(), limits, "it.cpp"))) return;
  const auto parameters = complete(*p, {}, device);
  if (!answered(parameters)) return;
  const auto resolved =
      resolve(*p, interface(), {{"nx", 16}, {"steps", 3}, {"alpha", 0.5}}, *parameters, device, limits, "it.cpp");
  if (!answered(resolved)) return;
  RIDGE_CHECK(resolved->steps.size() + resolved->setup.size() <= limits.max_ops, "a plan stays within its limits");
  RIDGE_CHECK(resolved->bytes <= limits.max_bytes, "a plan stays within its limits");
}

void task(std::string_view input) {
  const auto t = parse_task(std::string(input), "task.toml");
  if (!answered(t)) return;
  Rng rng(1, "fuzz");
  (void)answered(draw_workload(*t, rng, "drawn"));
}

// The first byte says which of the formats the rest is.
void landscape(std::string_view input) {
  if (input.empty()) return;
  static constexpr std::string_view kT1 =
      R"({"ConfigurationSpace":{"TuningParameters":[{"Name":"x","Type":"int","Values":"[1,2,4]"},{"Name":"y","Type":"int","Values":[1,2]}],"Conditions":[{"Expression":"x * y < 8","Parameters":["x","y"]}]}})";
  static constexpr std::string_view kT4 =
      R"({"metadata":{},"results":[{"configuration":{"x":1,"y":2},"times":{"runtimes":[1.5]},"invalidity":"correct","measurements":[{"name":"time","value":1.5,"unit":"ms"}],"objectives":["time"]}]})";
  const std::string_view rest = input.substr(1);
  switch (input[0] % 4) {
    case 0: {
      const auto l = read_kernel_tuner(rest, "fuzz");
      if (answered(l)) RIDGE_CHECK(!l->configurations.empty(), "a landscape has configurations");
      break;
    }
    case 1:
      (void)answered(read_t4(rest, kT1, "fuzz"));
      break;
    case 2:
      (void)answered(read_t4(kT4, rest, "fuzz"));
      break;
    default:
      (void)answered(condition_from_python(rest));
  }
}

}  // namespace ridge::fuzz
