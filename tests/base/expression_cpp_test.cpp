// The printed form of an expression, compiled for real, agrees with the evaluator: one program prints the values of
// many expressions.
#include <gtest/gtest.h>

#include "base/expression.h"
#include "base/subprocess.h"
#include "base/text.h"

namespace ridge {
namespace {

const char* const expressions[] = {
    "nx + ny * 3 - 7",
    "(nx - 300) // ny",
    "(nx - 300) % ny",
    "nx / ny + 0.5",
    "ceil_div(nx - 500, ny)",
    "min(nx, ny, 2.5)",
    "max(nx, ny)",
    "abs(ny - nx) + abs(-1.5)",
    "nx % 2 == 0 && ny > 3 ? ipow(ny, 3) : 0",
    "!nx || alpha < 0.3",
    "nx << 3 | ny >> 1 ^ 5 & ~2",
    "sqrt(nx) + exp(alpha) - ln(ny) * pow(alpha, 2)",
    "ilog2(nx) * next_pow2(ny)",
    "floor(nx * alpha) + ceil(-alpha)",
    "dev.cores * 2",
    "-nx + +ny",
    "nx // (ny - ny)",
    "nx * nx * nx * nx * nx * nx * nx * nx",
    "1 << nx",
    "sqrt(-alpha)",
};

TEST(ExpressionAsCpp, CompiledFormAgreesWithTheEvaluator) {
  std::string source =
      "#include <ridgeline/expression.h>\n#include <cstdio>\n"
      "struct { std::int64_t cores = 2; } dev;\nstd::int64_t nx = 257, ny = 12;\ndouble alpha = 0.2;\n"
      "template <class F> void show(F f) {\n  try {\n    const ridge::expr::Value v = f();\n"
      "    if (v.is_integer) std::printf(\"%lld\\n\", (long long)v.i); else std::printf(\"%.17g\\n\", v.r);\n"
      "  } catch (const std::domain_error&) { std::printf(\"error\\n\"); }\n}\nint main() {\n";
  MapScope scope;
  scope.set("nx", Number(257));
  scope.set("ny", Number(12));
  scope.set("alpha", Number(0.2));
  scope.set("dev.cores", Number(2));
  std::vector<std::string> expected;
  for (const char* text : expressions) {
    const auto e = Expression::parse(text);
    ASSERT_TRUE(e) << text;
    source += "  show([] { return ridge::expr::Value(" + e->to_cpp() + "); });\n";
    const auto v = e->evaluate(scope);
    expected.push_back(!v                ? "error"
                       : v->is_integer() ? fmt::format("{}", v->integer())
                                         : fmt::format("{:.17g}", v->real()));
  }
  source += "}\n";

  auto folder = TempDir::make("expression");
  ASSERT_TRUE(folder);
  ASSERT_TRUE(write_file(folder->path() + "/main.cpp", source));
  const auto built =
      run_process({.argv = {"g++", "-std=c++20", "-Wall", "-I", RIDGELINE_SOURCE "/include", "main.cpp", "-o", "main"},
                   .folder = folder->path(),
                   .environment = {},
                   .time_limit_s = 120});
  ASSERT_TRUE(built);
  ASSERT_EQ(built->exit_code, 0) << built->output;
  const auto said =
      run_process({.argv = {folder->path() + "/main"}, .folder = "", .environment = {}, .time_limit_s = 20});
  ASSERT_TRUE(said);
  const auto lines = split_lines(said->output);
  ASSERT_GE(lines.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(lines[i], expected[i]) << expressions[i];
}

}  // namespace
}  // namespace ridge
