// Expressions of tasks and plans (design: one evaluator, total and printable as C++).
//
// Integers are 64-bit and checked, reals are double. `/` is real; `//` (rounds towards minus infinity) and `%` (sign of
// the divisor) are for integers; comparisons and `&& || !` give the integers 0 and 1; `c ? a : b`; `<< >> & | ^ ~` on
// integers; decimal, hexadecimal and real literals; functions floor ceil ceil_div min max abs sqrt exp ln pow ipow
// ilog2 next_pow2 and occupancy("kernel"). Overflow, division by zero, a shift outside [0, 63] or a function outside
// its domain is an error, never a wrapped value, an infinity or a NaN. Parsing bounds length (4096 bytes) and depth
// (64), so that no input can exhaust the stack.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace ridge {

// A number of a task: an integer or a real.
class Number {
 public:
  Number() = default;
  Number(std::int64_t v) : value_(v) {}
  Number(int v) : value_(std::int64_t(v)) {}
  Number(double v) : value_(v) {}
  bool is_integer() const { return std::holds_alternative<std::int64_t>(value_); }
  std::int64_t integer() const { return std::get<std::int64_t>(value_); }  // only if is_integer()
  double real() const { return is_integer() ? double(std::get<std::int64_t>(value_)) : std::get<double>(value_); }
  bool truth() const { return is_integer() ? integer() != 0 : real() != 0.0; }
  std::string text() const;  // shortest form that reads back equal; reals always contain '.', 'e'
  friend bool operator==(const Number&, const Number&) = default;

 private:
  std::variant<std::int64_t, double> value_ = std::int64_t(0);
};

// What names mean while an expression is evaluated.
class Scope {
 public:
  virtual ~Scope() = default;
  virtual std::optional<Number> symbol(std::string_view name) const = 0;
  virtual std::optional<Number> occupancy(std::string_view kernel) const {
    (void)kernel;
    return std::nullopt;
  }
  virtual std::vector<std::string> known() const { return {}; }  // for messages: "known: nx, ny" and the nearest one
};

class MapScope : public Scope {
 public:
  MapScope() = default;
  explicit MapScope(std::map<std::string, Number, std::less<>> values) : values_(std::move(values)) {}
  void set(std::string name, Number value) { values_.insert_or_assign(std::move(name), value); }
  std::optional<Number> symbol(std::string_view name) const override;
  std::vector<std::string> known() const override;
  const std::map<std::string, Number, std::less<>>& values() const { return values_; }

 private:
  std::map<std::string, Number, std::less<>> values_;
};

class Expression {
 public:
  Expression() = default;  // the literal 0
  Expression(std::int64_t literal);
  static Result<Expression> parse(std::string_view text);

  const std::string& text() const { return text_; }  // as written
  std::vector<std::string> symbols() const;          // names used, sorted, without duplicates
  Result<Number> evaluate(const Scope& scope) const;
  Result<std::int64_t> integer(const Scope& scope) const;  // a real result is an error
  // The same expression in C++ over ridge::expr:: helpers (documented in docs/formats/expressions.md).
  std::string to_cpp() const;
  friend bool operator==(const Expression& a, const Expression& b) { return a.text_ == b.text_; }

  struct Node;

 private:
  std::string text_ = "0";
  std::shared_ptr<const Node> root_;
};

}  // namespace ridge
