#include "base/expression.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace ridge {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t smallest = std::numeric_limits<std::int64_t>::min();

MapScope scope() {
  return MapScope(
      {{"nx", 96}, {"ny", -7}, {"zero", 0}, {"half", 0.5}, {"big", largest}, {"dev.cores", 4}, {"bad", std::nan("")}});
}

class OccupancyScope : public MapScope {
 public:
  using MapScope::MapScope;
  std::optional<Number> occupancy(std::string_view kernel) const override {
    return kernel == "heat_steps" ? std::optional<Number>(3) : std::nullopt;
  }
};

Result<Number> evaluated(std::string_view text) {
  auto parsed = Expression::parse(text);
  if (!parsed) return std::unexpected(parsed.error());
  return parsed->evaluate(scope());
}

std::string value(std::string_view text) {
  const auto result = evaluated(text);
  return result ? result->text() : "error: " + result.error().message;
}

TEST(Expression, ValuesAndTypes) {
  const std::pair<const char*, const char*> rows[] = {
      {"1", "1"},
      {" 0x1F ", "31"},
      {"1.5", "1.5"},
      {".5", "0.5"},
      {"2.", "2.0"},
      {"1e3", "1000.0"},
      {"6 / 4", "1.5"},
      {"6 / 3", "2.0"},
      {"7 // 2", "3"},
      {"-7 // 2", "-4"},
      {"7 // -2", "-4"},
      {"-7 % 3", "2"},
      {"7 % -3", "-2"},
      {"-6 % 3", "0"},
      {"2 + 3 * 4", "14"},
      {"(2 + 3) * 4", "20"},
      {"10 - 3 - 2", "5"},
      {"1 << 3 + 1", "16"},
      {"-1 >> 1", "-1"},
      {"5 & 3 | 8 ^ 1", "9"},
      {"~0", "-1"},
      {"!0 + !5 + !0.5", "1"},
      {"- - 3", "3"},
      {"1 < 2", "1"},
      {"1 == 1.0", "1"},
      {"big == big - 1", "0"},
      {"nx % 32 == 0 && ny < 0", "1"},
      {"0 ? 1 : 0 ? 2 : 3", "3"},
      {"1 ? 2 : 1 // 0", "2"},
      {"zero != 0 && nx // zero", "0"},
      {"zero == 0 || nx // zero", "1"},
      {"dev.cores * 2", "8"},
      {"min(3, 2, 5)", "2"},
      {"max(1, 2.5)", "2.5"},
      {"min(1, 2.5)", "1.0"},
      {"floor(-1.5)", "-2"},
      {"ceil(-1.5)", "-1"},
      {"ceil_div(7, 2)", "4"},
      {"ceil_div(-7, 2)", "-3"},
      {"abs(-3)", "3"},
      {"abs(-half)", "0.5"},
      {"sqrt(9)", "3.0"},
      {"exp(0)", "1.0"},
      {"ln(1)", "0.0"},
      {"pow(2, 10)", "1024.0"},
      {"ipow(2, 62)", "4611686018427387904"},
      {"ipow(-1, 9223372036854775807)", "-1"},
      {"ipow(0, 0)", "1"},
      {"ilog2(1023)", "9"},
      {"next_pow2(1025)", "2048"},
      {"next_pow2(1024)", "1024"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"1 << 62", "4611686018427387904"},
      {"-1 << 63", "-9223372036854775808"},
      {"-9223372036854775808 % -1", "0"},
  };
  for (const auto& [text, expected] : rows) EXPECT_EQ(value(text), expected) << text;
}

TEST(Expression, ErrorsAreNeverValues) {
  const std::pair<const char*, const char*> rows[] = {
      {"big + 1", "64-bit"},
      {"-big - 2", "64-bit"},
      {"big * 2", "64-bit"},
      {"-(-9223372036854775808)", "64-bit"},
      {"-9223372036854775808 // -1", "64-bit"},
      {"ceil_div(-9223372036854775808, -1)", "64-bit"},
      {"abs(-9223372036854775808)", "64-bit"},
      {"1 / 0", "division by zero"},
      {"1 // zero", "division by zero"},
      {"1 % 0", "division by zero"},
      {"1.0 / 0.0", "division by zero"},
      {"ceil_div(1, 0)", "division by zero"},
      {"1 << 64", "0 to 63"},
      {"1 >> -1", "0 to 63"},
      {"1 << 63", "64-bit"},
      {"1.5 // 2", "'//' is for integers, found the real 1.5"},
      {"1 % 2.0", "for integers"},
      {"1 & half", "for integers"},
      {"~half", "for integers"},
      {"half << 1", "for integers"},
      {"ilog2(0)", "positive"},
      {"ilog2(8.0)", "for integers"},
      {"next_pow2(0)", "positive"},
      {"next_pow2(big)", "64-bit"},
      {"sqrt(-1)", "negative"},
      {"ln(0)", "not positive"},
      {"exp(1000)", "finite"},
      {"pow(0, -1)", "finite"},
      {"pow(-1, 0.5)", "finite"},
      {"1e308 * 10", "finite"},
      {"ipow(2, 63)", "64-bit"},
      {"ipow(2, -1)", "negative exponent"},
      {"floor(1e19)", "64-bit"},
      {"ceil(9223372036854775807.0)", "64-bit"},
      {"bad + 1", "finite"},
      {"nz * 2", "did you mean \"nx\"?"},
      {"occupancy(\"k\")", "not known here"},
  };
  for (const auto& [text, expected] : rows) {
    ASSERT_TRUE(Expression::parse(text)) << text << ": " << Expression::parse(text).error().message;
    const auto result = evaluated(text);
    ASSERT_FALSE(result) << text << " = " << result->text();
    EXPECT_THAT(result.error().message, HasSubstr(expected)) << text;
    EXPECT_EQ(result.error().kind, Error::Kind::invalid);
  }
}

TEST(Expression, RefusesWhatIsNoExpression) {
  const std::pair<std::string, const char*> rows[] = {
      {"", "empty"},
      {"  ", "empty"},
      {"1 +", "ends where a number"},
      {"(1", "')' of the '(' at column 1"},
      {"1)", "after the end"},
      {"1 2", "after the end"},
      {"a = 1", "after the end"},
      {"1 < 2 < 3", "(a < b) && (b < c)"},
      {"1 == 2 == 3", "do not chain"},
      {"1 ? 2", "':'"},
      {"012", "octal"},
      {"0x", "hexadecimal"},
      {"0x-1", "hexadecimal"},
      {"12px", "followed by 'p'"},
      {"1.2.3", "followed by '.'"},
      {"1e", "followed by 'e'"},
      {"9223372036854775808", "does not fit"},
      {"0x8000000000000000", "does not fit"},
      {"1e999", "does not fit"},
      {"cell(1)", "did you mean \"ceil\"?"},
      {"min(1)", "at least 2"},
      {"sqrt()", "expected 1"},
      {"sqrt(1, 2)", "expected 1"},
      {"min(1, )", "expected a number"},
      {"occupancy(k)", "in quotes"},
      {"occupancy(\"k", "in quotes"},
      {"occupancy(\"a b\")", "name of a kernel"},
      {"a.", "after the end"},
      {"$", "found '$'"},
      {std::string("1\0", 2), "'\\x00'"},
      {"\xff\xfe", "'\\xff'"},
  };
  for (const auto& [text, expected] : rows) {
    const auto parsed = Expression::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().message, HasSubstr(expected)) << text;
  }
}

TEST(Expression, BoundsLengthAndDepth) {
  const auto wrapped = [](const std::string& before, int n, const std::string& after) {
    std::string text;
    for (int i = 0; i < n; ++i) text += before;
    text += "1";
    for (int i = 0; i < n; ++i) text += after;
    return text;
  };
  EXPECT_TRUE(Expression::parse(wrapped("(", 60, ")")));
  for (const auto& [before, after] :
       {std::pair("(", ")"), {"-", ""}, {"!", ""}, {"~-", ""}, {"1?", ":0"}, {"1?2:", ""}, {"abs(", ")"}})
    for (int n : {70, 600}) {
      const auto parsed = Expression::parse(wrapped(before, n, after));
      ASSERT_FALSE(parsed) << before << n;
      EXPECT_THAT(parsed.error().message, HasSubstr("nested more than 64"));
    }
  EXPECT_THAT(Expression::parse(std::string(5000, '(')).error().message, HasSubstr("5000 bytes"));
  EXPECT_LT(Expression::parse(std::string(5000, '\x1b')).error().message.size(), 400u);
  // Long sums do not nest.
  const std::string sum = wrapped("1+", 2000, "");
  EXPECT_EQ(value(sum), "2001");
  EXPECT_GT(Expression::parse(sum)->to_cpp().size(), 20000u);
}

TEST(Expression, NamesTextAndIntegers) {
  const auto e = Expression::parse("ceil_div(nx, TILE) * dev.sms + nx * occupancy(\"heat_steps\")");
  ASSERT_TRUE(e);
  EXPECT_THAT(e->symbols(), ElementsAre("TILE", "dev.sms", "nx"));
  EXPECT_EQ(e->text(), "ceil_div(nx, TILE) * dev.sms + nx * occupancy(\"heat_steps\")");
  const OccupancyScope with({{"nx", 10}, {"TILE", 4}, {"dev.sms", 2}});
  EXPECT_EQ(e->integer(with).value(), 36);
  EXPECT_THAT(Expression::parse("4 / 2")->integer(with).error().message, HasSubstr("use // or floor()"));
  EXPECT_EQ(Expression().evaluate(with)->integer(), 0);
  EXPECT_EQ(Expression().text(), "0");
  EXPECT_EQ(Expression(smallest).evaluate(with)->integer(), smallest);
  EXPECT_EQ(Expression(5), *Expression::parse("5"));
}

TEST(Expression, NumbersReadBackEqual) {
  Rng rng(7, "numbers");
  for (int i = 0; i < 5000; ++i) {
    const Number n =
        i % 2 ? Number(std::int64_t(rng.bits())) : Number(rng.normal() * std::pow(10.0, rng.uniform(-250, 250)));
    const auto back = evaluated(n.text());
    ASSERT_TRUE(back) << n.text() << ": " << back.error().message;
    EXPECT_EQ(*back, n) << n.text();
  }
  EXPECT_EQ(Number(1.0).text(), "1.0");
  EXPECT_EQ(Number(1e300).text(), "1e+300");
}

TEST(Expression, PrintsAsCpp) {
  const auto cpp = [](std::string_view text) { return Expression::parse(text)->to_cpp(); };
  EXPECT_EQ(cpp("nx // 2"), "ridge::expr::floor_div(ridge::expr::Value(nx), ridge::expr::Value(INT64_C(2)))");
  EXPECT_EQ(
      cpp("a - 1.5 - b"),
      "ridge::expr::sub(ridge::expr::sub(ridge::expr::Value(a), ridge::expr::Value(1.5)), ridge::expr::Value(b))");
  EXPECT_EQ(cpp("a && !b"),
            "ridge::expr::boolean(ridge::expr::truth(ridge::expr::Value(a)) && "
            "ridge::expr::truth(ridge::expr::logical_not(ridge::expr::Value(b))))");
  EXPECT_EQ(cpp("c ? 1 : min(x, 2)"),
            "(ridge::expr::truth(ridge::expr::Value(c)) ? ridge::expr::Value(INT64_C(1)) : "
            "ridge::expr::min(ridge::expr::Value(x), ridge::expr::Value(INT64_C(2))))");
  EXPECT_EQ(cpp("-9223372036854775808"), "ridge::expr::Value(-INT64_C(9223372036854775807) - 1)");
}

// ---- An evaluator of its own
// ------------------------------------------------------------------------------------------------- Random trees are
// printed with as few brackets as C's precedence needs and judged by a second evaluator in wider types, written from
// the rules in expression.h and sharing nothing with the first.

__extension__ using Wide = __int128;

struct Tree {
  std::string op;  // "#" literal, "$" name, "u-" …, "+" …, "?:", or a function
  Number leaf;
  std::vector<Tree> parts;
};

struct Outcome {
  bool fine = false;
  bool whole = true;
  Wide i = 0;
  double r = 0;
  double real() const { return whole ? double(i) : r; }
  bool truth() const { return whole ? i != 0 : r != 0; }
};

Outcome whole(Wide v) {
  return {v >= Wide(smallest) && v <= Wide(largest), true, v, 0};
}
Outcome real(double v) {
  return {std::isfinite(v), false, 0, v};
}

Wide wide_floor_div(Wide a, Wide b) {
  Wide q = a / b;
  if (q * b > a && b > 0) --q;
  if (q * b < a && b < 0) --q;
  return q;
}

Outcome judge(const Tree& t);

Outcome judge_binary(const std::string& op, const Outcome& a, const Outcome& b) {
  const bool both = a.whole && b.whole;
  const auto order = [&] {
    return both ? (a.i < b.i ? -1 : a.i > b.i) : (a.real() < b.real() ? -1 : a.real() > b.real());
  };
  if (op == "<") return whole(order() < 0);
  if (op == ">") return whole(order() > 0);
  if (op == "<=") return whole(order() <= 0);
  if (op == ">=") return whole(order() >= 0);
  if (op == "==") return whole(order() == 0);
  if (op == "!=") return whole(order() != 0);
  if (op == "/") return b.real() == 0 ? Outcome() : real(a.real() / b.real());
  if (op == "+") return both ? whole(a.i + b.i) : real(a.real() + b.real());
  if (op == "-") return both ? whole(a.i - b.i) : real(a.real() - b.real());
  if (op == "*") return both ? whole(a.i * b.i) : real(a.real() * b.real());
  if (!both) return {};
  if (op == "//") return b.i == 0 ? Outcome() : whole(wide_floor_div(a.i, b.i));
  if (op == "%") return b.i == 0 ? Outcome() : whole(a.i - wide_floor_div(a.i, b.i) * b.i);
  if (op == "&") return whole(a.i & b.i);
  if (op == "|") return whole(a.i | b.i);
  if (op == "^") return whole(a.i ^ b.i);
  if (b.i < 0 || b.i > 63) return {};
  if (op == "<<") return whole(a.i * (Wide(1) << int(b.i)));
  return whole(wide_floor_div(a.i, Wide(1) << int(b.i)));
}

Outcome judge_function(const std::string& f, const std::vector<Outcome>& x) {
  bool all_whole = true;
  for (const Outcome& o : x) all_whole = all_whole && o.whole;
  if (f == "floor" || f == "ceil") {
    if (x[0].whole) return x[0];
    const double v = f == "floor" ? std::floor(x[0].r) : std::ceil(x[0].r);
    return std::abs(v) < 1e30 ? whole(Wide(v)) : Outcome();
  }
  if (f == "abs") return x[0].whole ? whole(x[0].i < 0 ? -x[0].i : x[0].i) : real(std::fabs(x[0].r));
  if (f == "sqrt") return real(x[0].real() >= 0 ? std::sqrt(x[0].real()) : std::nan(""));
  if (f == "exp") return real(std::exp(x[0].real()));
  if (f == "ln") return real(x[0].real() > 0 ? std::log(x[0].real()) : std::nan(""));
  if (f == "pow") return real(std::pow(x[0].real(), x[1].real()));
  if (f == "min" || f == "max") {
    Outcome best = x[0];
    for (const Outcome& o : x)
      if (judge_binary(f == "min" ? "<" : ">", o, best).i) best = o;
    return all_whole ? best : real(best.real());
  }
  if (!all_whole) return {};
  if (f == "ceil_div") return x[1].i == 0 ? Outcome() : whole(-wide_floor_div(-x[0].i, x[1].i));
  if (f == "ilog2" || f == "next_pow2") {
    if (x[0].i <= 0) return {};
    Wide p = 1;
    int n = 0;
    for (; p < x[0].i; p *= 2) ++n;
    return f == "next_pow2" ? whole(p) : whole(p == x[0].i ? n : n - 1);
  }
  if (x[1].i < 0) return {};  // ipow
  Wide p = 1;
  // Beyond 200 factors only the parity of the exponent can matter, for bases -1, 0 and 1.
  const Wide n = x[1].i > 200 ? 200 + x[1].i % 2 : x[1].i;
  for (Wide k = 0; k < n; ++k) {
    p *= x[0].i;
    if (!whole(p).fine) return {};
  }
  return whole(p);
}

Outcome judge(const Tree& t) {
  if (t.op == "#" || t.op == "$") return t.leaf.is_integer() ? whole(t.leaf.integer()) : real(t.leaf.real());
  const Outcome first = judge(t.parts[0]);
  if (!first.fine) return {};
  if (t.op == "?:") return judge(t.parts[first.truth() ? 1 : 2]);
  if (t.op == "&&" || t.op == "||") {
    if (first.truth() == (t.op == "||")) return whole(t.op == "||");
    const Outcome second = judge(t.parts[1]);
    return second.fine ? whole(second.truth()) : second;
  }
  if (t.op == "u-") return first.whole ? whole(-first.i) : real(-first.r);
  if (t.op == "u+") return first;
  if (t.op == "u!") return whole(!first.truth());
  if (t.op == "u~") return first.whole ? whole(-1 - first.i) : Outcome();
  std::vector<Outcome> x{first};
  for (std::size_t i = 1; i < t.parts.size(); ++i) {
    x.push_back(judge(t.parts[i]));
    if (!x.back().fine) return {};
  }
  return std::isalpha(static_cast<unsigned char>(t.op[0])) ? judge_function(t.op, x) : judge_binary(t.op, x[0], x[1]);
}

const std::vector<std::vector<std::string>> levels = {{"||"},
                                                      {"&&"},
                                                      {"|"},
                                                      {"^"},
                                                      {"&"},
                                                      {"==", "!="},
                                                      {"<", "<=", ">", ">="},
                                                      {"<<", ">>"},
                                                      {"+", "-"},
                                                      {"*", "/", "//", "%"}};

int level_of(const Tree& t) {
  if (t.op == "?:") return -1;
  for (std::size_t i = 0; i < levels.size(); ++i)
    for (const std::string& op : levels[i])
      if (t.op == op) return int(i);
  if (t.op[0] == 'u') return 10;
  // A negative literal is written with a sign.
  return t.op == "#" && t.leaf.text()[0] == '-' ? 10 : 11;
}

std::string printed(const Tree& t, Rng& rng);

std::string wrapped(const Tree& t, int at_least, Rng& rng) {
  const std::string text = printed(t, rng);
  return level_of(t) < at_least || rng.coin(0.05) ? "(" + text + ")" : text;
}

std::string printed(const Tree& t, Rng& rng) {
  const std::string blank = rng.coin(0.7) ? " " : "";
  const int level = level_of(t);
  if (t.op == "$")
    return t.leaf == Number(96) ? "nx" : t.leaf == Number(-7) ? "ny" : t.leaf == Number(0.5) ? "half" : "big";
  if (t.op == "#") {
    const bool hexadecimal = t.leaf.is_integer() && t.leaf.integer() >= 0 && rng.coin(0.2);
    return hexadecimal ? fmt::format("0x{:x}", t.leaf.integer()) : t.leaf.text();
  }
  if (t.op == "?:")
    return wrapped(t.parts[0], 0, rng) + blank + "?" + blank + wrapped(t.parts[1], -1, rng) + blank + ":" +
           wrapped(t.parts[2], -1, rng);
  if (level == 10) {
    // "-" before the digits of the smallest integer is the literal itself, hence the blank-free bracket.
    return t.op.substr(1) + wrapped(t.parts[0], t.parts[0].op == "#" ? 11 : 10, rng);
  }
  if (level == 11) {
    std::string out = t.op + "(";
    for (std::size_t i = 0; i < t.parts.size(); ++i) out += (i ? "," + blank : "") + wrapped(t.parts[i], -1, rng);
    return out + ")";
  }
  const bool compares = level == 5 || level == 6;  // these do not chain
  return wrapped(t.parts[0], compares ? level + 1 : level, rng) + blank + t.op + blank +
         wrapped(t.parts[1], level + 1, rng);
}

Tree grown(Rng& rng, int depth) {
  Tree t;
  if (depth == 0 || rng.coin(0.15)) {
    const Number names[] = {96, -7, 0.5, largest};
    const Number literals[] = {0, 1, 2, 3, 64, 1000000007, smallest, largest, 0.25, 3.0, 1e300};
    t.op = rng.coin(0.3) ? "$" : "#";
    t.leaf = t.op == "$" ? names[rng.below(4)] : rng.coin(0.5) ? literals[rng.below(11)] : Number(rng.integer(0, 40));
    return t;
  }
  const auto grow = [&](int n) {
    for (int i = 0; i < n; ++i) t.parts.push_back(grown(rng, depth - 1));
  };
  const double kind = rng.unit();
  if (kind < 0.60) {
    const auto& ops = levels[rng.below(levels.size())];
    t.op = ops[rng.below(ops.size())];
    grow(2);
  } else if (kind < 0.72) {
    t.op = std::vector<std::string>{"u-", "u+", "u!", "u~"}[rng.below(4)];
    grow(1);
  } else if (kind < 0.80) {
    t.op = "?:";
    grow(3);
  } else {
    const std::vector<std::pair<const char*, int>> fs = {
        {"floor", 1}, {"ceil", 1},  {"abs", 1},       {"sqrt", 1},     {"exp", 1}, {"ln", 1},  {"pow", 2},
        {"ipow", 2},  {"ilog2", 1}, {"next_pow2", 1}, {"ceil_div", 2}, {"min", 2}, {"max", 3}, {"floor", 1}};
    const auto& [f, n] = fs[rng.below(fs.size())];
    t.op = f;
    grow(n);
  }
  return t;
}

TEST(ExpressionProperty, AgreesWithASecondEvaluator) {
  Rng rng(20, "trees");
  int values = 0, errors = 0;
  for (int i = 0; i < 60000; ++i) {
    const Tree tree = grown(rng, int(1 + rng.below(5)));
    const std::string text = printed(tree, rng);
    if (text.size() > 4096) continue;
    const auto parsed = Expression::parse(text);
    ASSERT_TRUE(parsed) << text << "\n" << parsed.error().message;
    const Outcome expected = judge(tree);
    const auto found = parsed->evaluate(scope());
    ASSERT_EQ(found.has_value(), expected.fine) << text << "\n" << (found ? found->text() : found.error().message);
    if (!found) {
      ++errors;
      continue;
    }
    ++values;
    ASSERT_EQ(found->is_integer(), expected.whole) << text;
    if (expected.whole)
      ASSERT_TRUE(Wide(found->integer()) == expected.i) << text << " = " << found->text();
    else
      ASSERT_EQ(found->real(), expected.r) << text;
  }
  EXPECT_GT(values, 15000);
  EXPECT_GT(errors, 5000);
}

TEST(ExpressionProperty, AnyBytesAreHarmless) {
  Rng rng(21, "bytes");
  const std::string_view pieces[] = {"(",  ")",    "-", "!",  "~", "1",  "0x",         "9e9", "nx",   "?", ":",
                                     "<<", "min(", ",", "//", "%", "\"", "occupancy(", ".",   "\xff", " "};
  int parsed = 0;
  for (int i = 0; i < 60000; ++i) {
    std::string text;
    const std::uint64_t n = rng.below(i % 100 == 0 ? 2000 : 12);
    for (std::uint64_t k = 0; k < n; ++k)
      text += rng.coin(0.97) ? std::string(pieces[rng.below(std::size(pieces))]) : std::string(1, char(rng.below(256)));
    if (const auto e = Expression::parse(text)) {
      ++parsed;
      (void)e->to_cpp();
      (void)e->evaluate(scope());
    } else {
      ASSERT_FALSE(e.error().message.empty());
    }
  }
  EXPECT_GT(parsed, 500);
}

}  // namespace
}  // namespace ridge
