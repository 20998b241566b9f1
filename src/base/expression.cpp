// Parser, evaluator and printer of expressions.
//
// Invariants that keep every input harmless:
//  1. text is at most 4096 bytes and nesting at most 64, counted where the parser recurses (brackets, unary operators,
//  `?:`);
//  2. a run of operators of one level (`a + b - c …`) is one node with many operands, so long sums do not nest, and the
//  depth
//     of the recursive evaluator is that of the parser;
//  3. every step is checked: an integer that does not fit and a real that is not finite are errors.
#include "base/expression.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>
#include <span>

#include "base/text.h"

namespace ridge {

// A literal, a name, an application of one operator to all its operands, or a run of binary operators of one level:
// operands x0 x1 x2 … joined by joins[0] joins[1] …, worked from the left.
struct Expression::Node {
  enum class Op {
    // binary, loosest first
    logical_or,
    logical_and,
    bit_or,
    bit_xor,
    bit_and,
    eq,
    ne,
    lt,
    le,
    gt,
    ge,
    shl,
    shr,
    add,
    sub,
    mul,
    div,
    floor_div,
    mod,
    // unary
    neg,
    pos,
    logical_not,
    bit_not,
    // functions
    fn_floor,
    fn_ceil,
    fn_ceil_div,
    fn_min,
    fn_max,
    fn_abs,
    fn_sqrt,
    fn_exp,
    fn_ln,
    fn_pow,
    fn_ipow,
    fn_ilog2,
    fn_next_pow2,
  };
  enum class Kind { literal, name, occupancy, unary, run, call, choice };
  Kind kind = Kind::literal;
  std::size_t column = 1;  // where a message should point
  Number value;
  std::string name;
  Op op = Op::pos;
  std::vector<Op> joins;
  std::vector<Node> operands;
};

namespace {

using Node = Expression::Node;
using Op = Node::Op;

constexpr std::size_t longest_text = 4096;
constexpr int deepest = 64;

struct Operator {
  std::string_view sign;
  Op op;
  int level;
  std::string_view helper;  // in ridge::expr::
};

// Longer signs stand before their prefixes, so the first match is the right one.
constexpr Operator binary_operators[] = {
    {"||", Op::logical_or, 0, ""},  {"&&", Op::logical_and, 1, ""},   {"==", Op::eq, 5, "eq"},
    {"!=", Op::ne, 5, "ne"},        {"<<", Op::shl, 7, "shl"},        {">>", Op::shr, 7, "shr"},
    {"<=", Op::le, 6, "le"},        {">=", Op::ge, 6, "ge"},          {"//", Op::floor_div, 9, "floor_div"},
    {"|", Op::bit_or, 2, "bit_or"}, {"^", Op::bit_xor, 3, "bit_xor"}, {"&", Op::bit_and, 4, "bit_and"},
    {"<", Op::lt, 6, "lt"},         {">", Op::gt, 6, "gt"},           {"+", Op::add, 8, "add"},
    {"-", Op::sub, 8, "sub"},       {"*", Op::mul, 9, "mul"},         {"/", Op::div, 9, "div"},
    {"%", Op::mod, 9, "mod"},
};
constexpr int equality_level = 5, relation_level = 6, tightest_level = 9;

constexpr Operator unary_operators[] = {{"-", Op::neg, 0, "neg"},
                                        {"+", Op::pos, 0, "pos"},
                                        {"!", Op::logical_not, 0, "logical_not"},
                                        {"~", Op::bit_not, 0, "bit_not"}};

struct Function {
  std::string_view name;
  Op op;
  std::size_t least, most;
};
constexpr std::size_t any_number = 64;
constexpr Function functions[] = {{"floor", Op::fn_floor, 1, 1},
                                  {"ceil", Op::fn_ceil, 1, 1},
                                  {"ceil_div", Op::fn_ceil_div, 2, 2},
                                  {"min", Op::fn_min, 2, any_number},
                                  {"max", Op::fn_max, 2, any_number},
                                  {"abs", Op::fn_abs, 1, 1},
                                  {"sqrt", Op::fn_sqrt, 1, 1},
                                  {"exp", Op::fn_exp, 1, 1},
                                  {"ln", Op::fn_ln, 1, 1},
                                  {"pow", Op::fn_pow, 2, 2},
                                  {"ipow", Op::fn_ipow, 2, 2},
                                  {"ilog2", Op::fn_ilog2, 1, 1},
                                  {"next_pow2", Op::fn_next_pow2, 1, 1}};

std::string_view helper_name(Op op) {
  for (const Operator& o : binary_operators)
    if (o.op == op) return o.helper;
  for (const Operator& o : unary_operators)
    if (o.op == op) return o.helper;
  for (const Function& f : functions)
    if (f.op == op) return f.name;
  return "";
}

std::string_view sign_of(Op op) {
  for (const Operator& o : binary_operators)
    if (o.op == op) return o.sign;
  for (const Operator& o : unary_operators)
    if (o.op == op) return o.sign;
  return helper_name(op);
}

// Text for a message: hostile bytes and great length must not reach a terminal or a log.
std::string shown(std::string_view text) {
  constexpr std::size_t most = 120;
  std::string out = "\"";
  for (char c : text.substr(0, most)) out += c >= ' ' && c < '\x7f' ? c : '?';
  return out + (text.size() > most ? "…\"" : "\"");
}

class ExpressionParser {
 public:
  explicit ExpressionParser(std::string_view text) : text_(text) {}

  Result<Node> all() {
    Node root;
    skip_blanks();
    if (at_ == text_.size()) return invalid("the expression is empty: expected a number, a name or a formula");
    if (!choice(root)) return std::unexpected(error_);
    if (at_ != text_.size()) {
      stop("unexpected {} after the end of the expression", found());
      return std::unexpected(error_);
    }
    return root;
  }

 private:
  // Counts one level of nesting while it lives.
  struct Level {
    ExpressionParser& parser;
    bool fine;
    explicit Level(ExpressionParser& p) : parser(p), fine(++p.depth_ <= deepest) {
      if (!fine) p.stop("nested more than {} deep: give parts names of their own", deepest);
    }
    ~Level() { --parser.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
  };

  bool choice(Node& out) {
    const Level level(*this);
    if (!level.fine || !run(0, out)) return false;
    const std::size_t column = at_ + 1;
    if (!take("?")) return true;
    Node node = made(Node::Kind::choice, column);
    node.operands.resize(3);
    node.operands[0] = std::move(out);
    if (!choice(node.operands[1])) return false;
    if (!take(":")) return stop("found {}, expected the ':' of the '?' at column {}", found(), column);
    if (!choice(node.operands[2])) return false;
    out = std::move(node);
    return true;
  }

  // Operators of `level` over operands of tighter levels.
  bool run(int level, Node& out) {
    if (level > tightest_level) return unary(out);
    if (!run(level + 1, out)) return false;
    Node node = made(Node::Kind::run, at_ + 1);
    while (const Operator* op = binary_here(level)) {
      if (!node.joins.empty() && (level == relation_level || level == equality_level))
        return stop("comparisons do not chain: write (a {0} b) && (b {0} c)", op->sign);
      if (node.joins.empty()) node.operands.push_back(std::move(out));
      node.joins.push_back(op->op);
      node.operands.emplace_back();
      at_ += op->sign.size();
      skip_blanks();
      if (!run(level + 1, node.operands.back())) return false;
    }
    if (!node.joins.empty()) out = std::move(node);
    return true;
  }

  const Operator* binary_here(int level) const {
    for (const Operator& op : binary_operators)
      if (rest().starts_with(op.sign)) return op.level == level ? &op : nullptr;
    return nullptr;
  }

  bool unary(Node& out) {
    for (const Operator& op : unary_operators) {
      if (!rest().starts_with(op.sign) || rest().starts_with("!=")) continue;
      const Level level(*this);
      if (!level.fine) return false;
      Node node = made(Node::Kind::unary, at_ + 1);
      node.op = op.op;
      node.operands.resize(1);
      take(op.sign);
      // The smallest integer has no positive twin, so its sign belongs to the literal.
      if (op.op == Op::neg && smallest_integer(out)) return true;
      if (!unary(node.operands[0])) return false;
      out = std::move(node);
      return true;
    }
    return primary(out);
  }

  bool smallest_integer(Node& out) {
    constexpr std::string_view digits = "9223372036854775808";
    if (!rest().starts_with(digits) || continues(rest().substr(digits.size()))) return false;
    out = made(Node::Kind::literal, at_ + 1);
    out.value = std::numeric_limits<std::int64_t>::min();
    take(digits);
    return true;
  }

  bool primary(Node& out) {
    if (at_ == text_.size()) return stop("the expression ends where a number, a name or '(' is expected");
    const char c = text_[at_];
    const std::size_t open = at_ + 1;
    if (take("("))
      return choice(out) && (take(")") || stop("found {}, expected the ')' of the '(' at column {}", found(), open));
    if (is_digit(c) || (c == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) return number(out);
    if (is_letter(c)) return name(out);
    return stop("found {}, expected a number, a name or '('", found());
  }

  bool number(Node& out) {
    out = made(Node::Kind::literal, at_ + 1);
    const bool hexadecimal = rest().starts_with("0x") || rest().starts_with("0X");
    const char* const first = rest().data();
    const char* const last = first + rest().size();
    std::int64_t integer = 0;
    auto read = hexadecimal ? std::from_chars(first + 2, last, integer, 16) : std::from_chars(first, last, integer, 10);
    // from_chars also takes a sign, which is no part of a literal.
    if (hexadecimal && (read.ec == std::errc::invalid_argument || first[2] == '-'))
      return stop("expected hexadecimal digits after 0x");
    out.value = integer;
    if (!hexadecimal && real_goes_on(first, last)) {
      double real = 0;
      read = std::from_chars(first, last, real);
      out.value = real;
    }
    if (read.ec == std::errc::result_out_of_range)
      return stop("the literal does not fit: integers have 64 bits with sign, reals are double");
    if (read.ec != std::errc()) return stop("found {}, expected a number", found());
    if (!hexadecimal && out.value.is_integer() && read.ptr - first > 1 && *first == '0')
      return stop("an integer may not begin with 0 (octal is not known here)");
    const std::string_view after(read.ptr, std::size_t(last - read.ptr));
    if (continues(after)) return stop("a number is followed by '{}': expected an operator", after[0]);
    at_ += std::size_t(read.ptr - first);
    skip_blanks();
    return true;
  }

  static bool real_goes_on(const char* first, const char* last) {
    while (first != last && is_digit(*first)) ++first;
    return first != last && (*first == '.' || *first == 'e' || *first == 'E');
  }

  // Letters with dots between parts: nx, dev.cores.
  std::string_view word() const {
    const std::string_view here = rest();
    std::size_t n = 0;
    while (n < here.size() && (is_letter(here[n]) || is_digit(here[n]) ||
                               (here[n] == '.' && n + 1 < here.size() && is_letter(here[n + 1]))))
      ++n;
    return here.substr(0, n);
  }

  bool name(Node& out) {
    const std::size_t start = at_;
    out = made(Node::Kind::name, at_ + 1);
    out.name = word();
    at_ += out.name.size();
    skip_blanks();
    if (!take("(")) return true;
    if (out.name == "occupancy") return occupancy(out);
    for (const Function& f : functions)
      if (f.name == out.name) return arguments(f, out);
    std::vector<std::string> known{"occupancy"};
    for (const Function& f : functions) known.emplace_back(f.name);
    at_ = start;
    return stop("unknown function {}{}", shown(out.name), suggestion(out.name, known));
  }

  bool occupancy(Node& out) {
    out.kind = Node::Kind::occupancy;
    const std::size_t end = rest().starts_with('"') ? text_.find('"', at_ + 1) : std::string_view::npos;
    if (end == std::string_view::npos) return stop("found {}, expected the name of a kernel in quotes", found());
    out.name = text_.substr(at_ + 1, end - at_ - 1);
    const auto fits = [](char c) { return is_letter(c) || is_digit(c); };
    if (out.name.empty() || is_digit(out.name[0]) || !std::ranges::all_of(out.name, fits))
      return stop("{} is not the name of a kernel", shown(out.name));
    at_ = end + 1;
    skip_blanks();
    return take(")") || stop("found {}, expected ')'", found());
  }

  bool arguments(const Function& function, Node& out) {
    out.kind = Node::Kind::call;
    out.op = function.op;
    if (!rest().starts_with(')')) {
      do {
        out.operands.emplace_back();
        if (!choice(out.operands.back())) return false;
      } while (take(","));
    }
    if (!take(")")) return stop("found {}, expected ',' or ')' in the arguments of {}", found(), function.name);
    const std::size_t n = out.operands.size();
    if (n >= function.least && n <= function.most) return true;
    at_ = out.column - 1;
    return stop("{} has {} arguments, expected {}{}", function.name, n, function.most == any_number ? "at least " : "",
                function.least);
  }

  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
  static bool continues(std::string_view after) {
    return !after.empty() && (is_letter(after[0]) || is_digit(after[0]) || after[0] == '.');
  }
  static Node made(Node::Kind kind, std::size_t column) {
    Node node;
    node.kind = kind;
    node.column = column;
    return node;
  }
  std::string_view rest() const { return text_.substr(at_); }
  std::string found() const { return at_ == text_.size() ? "the end" : fmt::format("'{}'", shown_byte(text_[at_])); }
  static std::string shown_byte(char c) {
    return c >= ' ' && c < '\x7f' ? std::string(1, c) : fmt::format("\\x{:02x}", unsigned(std::uint8_t(c)));
  }
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }
  bool take(std::string_view sign) {
    if (!rest().starts_with(sign)) return false;
    at_ += sign.size();
    skip_blanks();
    return true;
  }
  template <class... Args>
  bool stop(fmt::format_string<Args...> what, Args&&... args) {
    error_ = Error{Error::Kind::invalid, fmt::format("{}, column {}: {}", shown(text_), at_ + 1,
                                                     fmt::format(what, std::forward<Args>(args)...))};
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  Error error_;
};

// Applies one operator to numbers; on failure says what is wrong with the values.
class Arithmetic {
 public:
  std::string problem;

  bool binary(Op op, const Number& a, const Number& b, Number& out) {
    switch (op) {
      case Op::eq:
      case Op::ne:
      case Op::lt:
      case Op::le:
      case Op::gt:
      case Op::ge:
        out = int(compare(op, a, b));
        return true;
      case Op::div:
        return b.real() == 0 ? refuse("division by zero") : real(a.real() / b.real(), out);
      case Op::add:
      case Op::sub:
      case Op::mul:
        return a.is_integer() && b.is_integer() ? ring(op, a.integer(), b.integer(), out)
                                                : real(op == Op::add   ? a.real() + b.real()
                                                       : op == Op::sub ? a.real() - b.real()
                                                                       : a.real() * b.real(),
                                                       out);
      default:
        return integers(op, a, b) && integer_binary(op, a.integer(), b.integer(), out);
    }
  }

  bool unary(Op op, const Number& a, Number& out) {
    if (op == Op::logical_not)
      out = int(!a.truth());
    else if (op == Op::pos)
      out = a;
    else if (op == Op::bit_not)
      return integers(op, a, a) && store(~a.integer(), out);
    else if (a.is_integer())
      return ring(Op::sub, 0, a.integer(), out);
    else
      out = -a.real();
    return true;
  }

  bool call(Op op, std::span<const Number> x, Number& out) {
    switch (op) {
      case Op::fn_floor:
        return x[0].is_integer() ? store(x[0].integer(), out) : whole(std::floor(x[0].real()), out);
      case Op::fn_ceil:
        return x[0].is_integer() ? store(x[0].integer(), out) : whole(std::ceil(x[0].real()), out);
      case Op::fn_min:
      case Op::fn_max:
        return extreme(op, x, out);
      case Op::fn_abs:
        if (!x[0].is_integer()) return real(std::abs(x[0].real()), out);
        return x[0].integer() < 0 ? ring(Op::sub, 0, x[0].integer(), out) : store(x[0].integer(), out);
      case Op::fn_sqrt:
        return x[0].real() < 0 ? refuse("sqrt of a negative number") : real(std::sqrt(x[0].real()), out);
      case Op::fn_exp:
        return real(std::exp(x[0].real()), out);
      case Op::fn_ln:
        return x[0].real() <= 0 ? refuse("ln of a number that is not positive") : real(std::log(x[0].real()), out);
      case Op::fn_pow:
        return real(std::pow(x[0].real(), x[1].real()), out);
      case Op::fn_ceil_div:
        return integers(op, x[0], x[1]) && ceil_div(x[0].integer(), x[1].integer(), out);
      case Op::fn_ipow:
        return integers(op, x[0], x[1]) && ipow(x[0].integer(), x[1].integer(), out);
      case Op::fn_ilog2:
        return integers(op, x[0], x[0]) && ilog2(x[0].integer(), out);
      case Op::fn_next_pow2:
        return integers(op, x[0], x[0]) && next_pow2(x[0].integer(), out);
      default:
        return refuse("not a function");
    }
  }

  bool refuse(std::string what) {
    problem = std::move(what);
    return false;
  }

 private:
  static constexpr std::int64_t smallest = std::numeric_limits<std::int64_t>::min();

  static bool store(std::int64_t value, Number& out) {
    out = value;
    return true;
  }
  bool real(double value, Number& out) {
    if (!std::isfinite(value)) return refuse("the result is not a finite number");
    out = value;
    return true;
  }
  bool overflow() { return refuse("the result does not fit into a 64-bit integer"); }
  bool integers(Op op, const Number& a, const Number& b) {
    if (a.is_integer() && b.is_integer()) return true;
    return refuse(fmt::format("'{}' is for integers, found the real {}", sign_of(op), (a.is_integer() ? b : a).text()));
  }
  // Integers are compared as integers, so neighbours beyond 2^53 stay apart.
  static bool compare(Op op, const Number& a, const Number& b) {
    const bool whole = a.is_integer() && b.is_integer();
    const bool less = whole ? a.integer() < b.integer() : a.real() < b.real();
    const bool same = whole ? a.integer() == b.integer() : a.real() == b.real();
    switch (op) {
      case Op::eq:
        return same;
      case Op::ne:
        return !same;
      case Op::lt:
        return less;
      case Op::le:
        return less || same;
      case Op::gt:
        return !less && !same;
      default:
        return !less;
    }
  }
  bool ring(Op op, std::int64_t a, std::int64_t b, Number& out) {
    std::int64_t r = 0;
    const bool lost = op == Op::add   ? __builtin_add_overflow(a, b, &r)
                      : op == Op::sub ? __builtin_sub_overflow(a, b, &r)
                                      : __builtin_mul_overflow(a, b, &r);
    return lost ? overflow() : store(r, out);
  }
  bool integer_binary(Op op, std::int64_t a, std::int64_t b, Number& out) {
    switch (op) {
      case Op::bit_and:
        return store(a & b, out);
      case Op::bit_or:
        return store(a | b, out);
      case Op::bit_xor:
        return store(a ^ b, out);
      case Op::shl:
      case Op::shr:
        return shift(op, a, b, out);
      case Op::floor_div:
        return divided(a, b) && store(a / b - ((a % b != 0) && ((a < 0) != (b < 0))), out);
      case Op::mod: {
        if (b == 0) return refuse("division by zero");
        if (b == -1) return store(0, out);  // the machine's remainder would trap for the smallest integer
        const std::int64_t r = a % b;
        return store(r != 0 && ((r < 0) != (b < 0)) ? r + b : r, out);
      }
      default:
        return refuse("not an operator on integers");
    }
  }
  bool divided(std::int64_t a, std::int64_t b) {
    if (b == 0) return refuse("division by zero");
    return a == smallest && b == -1 ? overflow() : true;
  }
  bool ceil_div(std::int64_t a, std::int64_t b, Number& out) {
    return divided(a, b) && store(a / b + ((a % b != 0) && ((a < 0) == (b < 0))), out);
  }
  bool shift(Op op, std::int64_t a, std::int64_t b, Number& out) {
    if (b < 0 || b > 63) return refuse(fmt::format("a shift by {}, expected 0 to 63", b));
    if (op == Op::shr) return store(a >> b, out);
    const std::int64_t r = std::int64_t(std::uint64_t(a) << b);
    return (r >> b) == a ? store(r, out) : overflow();
  }
  bool whole(double value, Number& out) {
    // The upper end is exclusive: 2^63 itself is a double, the largest integer is not.
    if (!(value >= -0x1p63 && value < 0x1p63)) return overflow();
    return store(std::int64_t(value), out);
  }
  bool extreme(Op op, std::span<const Number> x, Number& out) {
    out = x[0];
    bool integer = x[0].is_integer();
    for (const Number& candidate : x.subspan(1)) {
      integer = integer && candidate.is_integer();
      if (compare(op == Op::fn_min ? Op::lt : Op::gt, candidate, out)) out = candidate;
    }
    if (!integer) out = out.real();  // the type depends on the types of the arguments, not on their values
    return true;
  }
  bool ipow(std::int64_t base, std::int64_t exponent, Number& out) {
    if (exponent < 0) return refuse(fmt::format("ipow with the negative exponent {}", exponent));
    if (base == 0 || base == 1) return store(exponent == 0 ? 1 : base, out);
    if (base == -1) return store(exponent % 2 == 0 ? 1 : -1, out);
    out = 1;
    for (; exponent > 0; --exponent)  // at most 63 rounds before an overflow
      if (!ring(Op::mul, out.integer(), base, out)) return false;
    return true;
  }
  bool ilog2(std::int64_t a, Number& out) {
    if (a <= 0) return refuse(fmt::format("ilog2 of {}, expected a positive integer", a));
    return store(std::bit_width(std::uint64_t(a)) - 1, out);
  }
  bool next_pow2(std::int64_t a, Number& out) {
    if (a <= 0) return refuse(fmt::format("next_pow2 of {}, expected a positive integer", a));
    if (a > std::int64_t(1) << 62) return overflow();
    return store(std::int64_t(std::bit_ceil(std::uint64_t(a))), out);
  }
};

class ExpressionEvaluator {
 public:
  ExpressionEvaluator(std::string_view text, const Scope& scope) : text_(text), scope_(scope) {}

  Result<Number> run(const Node& root) {
    Number out;
    if (value(root, out)) return out;
    return invalid("{}, column {}: {}", shown(text_), column_, arithmetic_.problem);
  }

 private:
  bool value(const Node& node, Number& out) {
    switch (node.kind) {
      case Node::Kind::literal:
        out = node.value;
        return true;
      case Node::Kind::name:
        return name(node, out);
      case Node::Kind::occupancy:
        return occupancy(node, out);
      case Node::Kind::unary: {
        Number a;
        return value(node.operands[0], a) && at(node, arithmetic_.unary(node.op, a, out));
      }
      case Node::Kind::run:
        return run_of(node, out);
      case Node::Kind::call: {
        std::vector<Number> x(node.operands.size());
        for (std::size_t i = 0; i < x.size(); ++i)
          if (!value(node.operands[i], x[i])) return false;
        return at(node, arithmetic_.call(node.op, x, out));
      }
      case Node::Kind::choice: {
        Number condition;
        return value(node.operands[0], condition) && value(node.operands[condition.truth() ? 1 : 2], out);
      }
    }
    return at(node, arithmetic_.refuse("unknown node"));
  }

  bool run_of(const Node& node, Number& out) {
    Number left;
    if (!value(node.operands[0], left)) return false;
    for (std::size_t i = 0; i < node.joins.size(); ++i) {
      const Op op = node.joins[i];
      if (op == Op::logical_and || op == Op::logical_or) {
        // As in C++, the right side counts only if the left one leaves the answer open: `n != 0 && m % n == 0` is safe.
        Number right = left;
        if (left.truth() == (op == Op::logical_and) && !value(node.operands[i + 1], right)) return false;
        left = int(right.truth());
        continue;
      }
      Number right;
      if (!value(node.operands[i + 1], right) || !at(node, arithmetic_.binary(op, left, right, left))) return false;
    }
    out = left;
    return true;
  }

  bool name(const Node& node, Number& out) {
    if (const auto found = scope_.symbol(node.name)) return finite(node, *found, out);
    return at(node, arithmetic_.refuse(
                        fmt::format("unknown name {}{}", shown(node.name), suggestion(node.name, scope_.known()))));
  }
  bool occupancy(const Node& node, Number& out) {
    if (const auto found = scope_.occupancy(node.name)) return finite(node, *found, out);
    return at(node, arithmetic_.refuse(fmt::format("the occupancy of {} is not known here", shown(node.name))));
  }
  bool finite(const Node& node, const Number& found, Number& out) {
    if (!found.is_integer() && !std::isfinite(found.real()))
      return at(node, arithmetic_.refuse(fmt::format("{} is not a finite number", shown(node.name))));
    out = found;
    return true;
  }
  // Remembers where a step failed.
  bool at(const Node& node, bool fine) {
    if (!fine) column_ = node.column;
    return fine;
  }

  std::string_view text_;
  const Scope& scope_;
  Arithmetic arithmetic_;
  std::size_t column_ = 1;
};

std::string cpp_literal(const Number& value) {
  if (!value.is_integer()) return fmt::format("ridge::expr::Value({})", value.text());
  // C++ reads -9223372036854775808 as the negation of a literal that does not fit.
  if (value.integer() == std::numeric_limits<std::int64_t>::min())
    return "ridge::expr::Value(-INT64_C(9223372036854775807) - 1)";
  return fmt::format("ridge::expr::Value(INT64_C({}))", value.integer());
}

std::string cpp_text(const Node& node);

std::string cpp_run(const Node& node) {
  std::string out = cpp_text(node.operands[0]);
  for (std::size_t i = 0; i < node.joins.size(); ++i) {
    const Op op = node.joins[i];
    const std::string right = cpp_text(node.operands[i + 1]);
    if (op == Op::logical_and || op == Op::logical_or)  // the built-in operators keep the right side unevaluated
      out = fmt::format("ridge::expr::boolean(ridge::expr::truth({}) {} ridge::expr::truth({}))", out, sign_of(op),
                        right);
    else
      out = fmt::format("ridge::expr::{}({}, {})", helper_name(op), out, right);
  }
  return out;
}

std::string cpp_text(const Node& node) {
  switch (node.kind) {
    case Node::Kind::literal:
      return cpp_literal(node.value);
    case Node::Kind::name:
      return fmt::format("ridge::expr::Value({})", node.name);
    case Node::Kind::occupancy:
      return fmt::format("ridge::expr::occupancy(\"{}\")", node.name);
    case Node::Kind::run:
      return cpp_run(node);
    case Node::Kind::choice:
      return fmt::format("(ridge::expr::truth({}) ? {} : {})", cpp_text(node.operands[0]), cpp_text(node.operands[1]),
                         cpp_text(node.operands[2]));
    case Node::Kind::unary:
    case Node::Kind::call:
      break;
  }
  std::vector<std::string> parts;
  for (const Node& operand : node.operands) parts.push_back(cpp_text(operand));
  return fmt::format("ridge::expr::{}({})", helper_name(node.op), join(parts, ", "));
}

void collect_names(const Node& node, std::set<std::string>& names) {
  if (node.kind == Node::Kind::name) names.insert(node.name);
  for (const Node& operand : node.operands) collect_names(operand, names);
}

}  // namespace

std::string Number::text() const {
  char buffer[40];
  const auto end = is_integer() ? std::to_chars(buffer, buffer + sizeof buffer, integer()).ptr
                                : std::to_chars(buffer, buffer + sizeof buffer, real()).ptr;
  std::string out(buffer, end);
  if (!is_integer() && std::isfinite(real()) && out.find_first_of(".e") == std::string::npos) out += ".0";
  return out;
}

std::optional<Number> MapScope::symbol(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> MapScope::known() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : values_) names.push_back(name);
  return names;
}

Expression::Expression(std::int64_t literal) : text_(std::to_string(literal)) {
  Node node;
  node.value = literal;
  root_ = std::make_shared<const Node>(std::move(node));
}

Result<Expression> Expression::parse(std::string_view text) {
  if (text.size() > longest_text)
    return invalid("{}: the expression has {} bytes, at most {} are allowed", shown(text), text.size(), longest_text);
  RIDGE_TRY(Node root, ExpressionParser(text).all());
  Expression out;
  out.text_ = text;
  out.root_ = std::make_shared<const Node>(std::move(root));
  return out;
}

std::vector<std::string> Expression::symbols() const {
  std::set<std::string> names;
  if (root_) collect_names(*root_, names);
  return {names.begin(), names.end()};
}

Result<Number> Expression::evaluate(const Scope& scope) const {
  if (!root_) return Number(0);
  return ExpressionEvaluator(text_, scope).run(*root_);
}

Result<std::int64_t> Expression::integer(const Scope& scope) const {
  RIDGE_TRY(const Number value, evaluate(scope));
  if (value.is_integer()) return value.integer();
  return invalid("{}: the value is the real {}, expected an integer: use // or floor()", shown(text_), value.text());
}

std::string Expression::to_cpp() const {
  return root_ ? cpp_text(*root_) : cpp_literal(Number(0));
}

}  // namespace ridge
