#include <cctype>
#include <vector>

#include "landscape/landscape.h"

namespace ridge {
namespace {

constexpr std::size_t most_bytes = 4096;
constexpr int most_depth = 60;

using Tokens = std::vector<std::string>;

Result<Tokens> tokens_of(std::string_view text) {
  Tokens out;
  if (text.empty() || text.size() > most_bytes) return invalid("expected an expression of 1 to {} bytes", most_bytes);
  for (std::size_t i = 0; i < text.size();) {
    const auto is_word = [&](std::size_t k) {
      return k < text.size() && (std::isalnum(static_cast<unsigned char>(text[k])) || text[k] == '_' || text[k] == '.');
    };
    if (std::isspace(static_cast<unsigned char>(text[i]))) {
      ++i;
      continue;
    }
    std::size_t n = 0;
    while (is_word(i + n)) ++n;
    if (n == 0) {
      static constexpr std::string_view pairs[] = {"==", "!=", "<=", ">=", "//", "**", "<<", ">>"};
      n = 1;
      for (const std::string_view pair : pairs)
        if (text.substr(i, 2) == pair) n = 2;
    }
    out.emplace_back(text.substr(i, n));
    i += n;
  }
  return out;
}

// Python's precedence, from the loosest: or, and, not, comparisons (which chain), arithmetic.
class Translator {
 public:
  explicit Translator(const Tokens& tokens) : tokens_(tokens) {}
  Result<std::string> whole() {
    RIDGE_TRY(std::string out, disjunction());
    if (at_ < tokens_.size()) return invalid("\"{}\" was not expected", tokens_[at_]);
    return out;
  }

 private:
  bool is(std::string_view word) const { return at_ < tokens_.size() && tokens_[at_] == word; }
  bool take(std::string_view word) {
    if (!is(word)) return false;
    ++at_;
    return true;
  }

  Result<std::string> disjunction() {
    if (++depth_ > most_depth) return invalid("nested deeper than {}", most_depth);
    RIDGE_TRY(std::string out, conjunction());
    while (take("or")) {
      RIDGE_TRY(const std::string next, conjunction());
      out = fmt::format("({} || {})", out, next);
    }
    --depth_;
    return out;
  }
  Result<std::string> conjunction() {
    RIDGE_TRY(std::string out, negation());
    while (take("and")) {
      RIDGE_TRY(const std::string next, negation());
      out = fmt::format("({} && {})", out, next);
    }
    return out;
  }
  Result<std::string> negation() {
    bool negated = false;
    while (take("not")) negated = !negated;
    RIDGE_TRY(std::string out, comparison());
    return negated ? fmt::format("!({})", out) : out;
  }
  // a < b <= c means a < b and b <= c.
  Result<std::string> comparison() {
    RIDGE_TRY(std::string left, arithmetic());
    std::string out;
    for (;;) {
      std::string part;
      const bool none_of = is("not") && at_ + 1 < tokens_.size() && tokens_[at_ + 1] == "in";
      if (none_of) ++at_;
      if (take("in")) {
        RIDGE_TRY(part, member(left));
        if (none_of) part = fmt::format("!({})", part);
        return out.empty() ? part : fmt::format("({} && {})", out, part);
      }
      if (!(is("==") || is("!=") || is("<") || is("<=") || is(">") || is(">="))) break;
      const std::string op = tokens_[at_++];
      RIDGE_TRY(const std::string right, arithmetic());
      part = fmt::format("({} {} {})", left, op, right);
      out = out.empty() ? part : fmt::format("({} && {})", out, part);
      left = right;
    }
    return out.empty() ? left : out;
  }
  Result<std::string> member(const std::string& left) {
    const std::string close = is("[") ? "]" : ")";
    if (!take("[") && !take("(")) return invalid("a list was expected after in");
    std::string out;
    while (!take(close)) {
      RIDGE_TRY(const std::string value, arithmetic());
      out += fmt::format("{}({} == {})", out.empty() ? "" : " || ", left, value);
      if (!take(",") && !is(close)) return invalid("a comma or \"{}\" was expected in a list", close);
    }
    return out.empty() ? "0" : "(" + out + ")";
  }
  // Operands and operators as they stand: the same ones mean the same in both.
  Result<std::string> arithmetic() {
    std::string out;
    while (at_ < tokens_.size()) {
      const std::string& t = tokens_[at_];
      if (t == "(") {
        ++at_;
        RIDGE_TRY(const std::string inner, disjunction());
        if (!take(")")) return invalid("a bracket is not closed");
        out += "(" + inner + ")";
      } else if (t == "True" || t == "False") {
        out += t == "True" ? "1" : "0";
        ++at_;
      } else if (t == "+" || t == "-" || t == "*" || t == "/" || t == "//" || t == "%" || t == "<<" || t == ">>") {
        out += " " + t + " ";
        ++at_;
      } else if (t != "and" && t != "or" && t != "not" && t != "in" && t != "if" && t != "else" &&
                 (std::isalnum(static_cast<unsigned char>(t[0])) || t[0] == '_')) {
        out += t + " ";
        ++at_;
      } else {
        break;
      }
    }
    if (out.empty())
      return at_ < tokens_.size() ? Result<std::string>(invalid("\"{}\" was not expected", tokens_[at_]))
                                  : Result<std::string>(invalid("the expression ends too early"));
    return out;
  }

  const Tokens& tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

Result<Expression> condition_from_python(std::string_view text) {
  RIDGE_TRY(const Tokens tokens, tokens_of(text));
  auto ours = Translator(tokens).whole();
  if (!ours) return within(std::string(text), ours.error());
  auto expression = Expression::parse(*ours);
  if (!expression) return within(std::string(text), expression.error());
  return *std::move(expression);
}

}  // namespace ridge
