// Finding the plan's comment in a source, and putting another one in its place.
#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "kernel/plan.h"

namespace ridge {

namespace {

constexpr std::string_view plan_word = "ridgeline";

bool word_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

// Walks over a source of the C family just closely enough to tell comments from strings and character literals.
class CommentScanner {
 public:
  struct Comment {
    std::size_t begin = 0, end = 0;  // the whole comment, without the line end of a line comment
    bool block = false, closed = true;
  };

  explicit CommentScanner(std::string_view source) : source_(source) {}

  std::optional<Comment> next() {
    while (at_ < source_.size()) {
      const char c = source_[at_];
      if (source_.substr(at_, 2) == "//") return line_comment();
      if (source_.substr(at_, 2) == "/*") return block_comment();
      if (c == '"') {
        raw_string_begins() ? skip_raw_string() : skip_quoted('"');
      } else if (c == '\'' && !(at_ > 0 && word_char(source_[at_ - 1]) && at_ + 1 < source_.size() &&
                                word_char(source_[at_ + 1]) && digit_separator())) {
        skip_quoted('\'');
      } else {
        ++at_;
      }
    }
    return std::nullopt;
  }

 private:
  Comment line_comment() {
    const std::size_t begin = at_;
    at_ = std::min(source_.find('\n', at_), source_.size());
    return {begin, at_, false, true};
  }
  Comment block_comment() {
    const std::size_t begin = at_, close = source_.find("*/", at_ + 2);
    const bool closed = close != std::string_view::npos;
    at_ = closed ? close + 2 : source_.size();
    return {begin, at_, true, closed};
  }
  // 1'000: the word before the quote is a number.
  bool digit_separator() const {
    std::size_t first = at_;
    while (first > 0 && (word_char(source_[first - 1]) || source_[first - 1] == '\'')) --first;
    return std::isdigit(static_cast<unsigned char>(source_[first])) != 0;
  }
  // The prefix before the quote is R, or an encoding and R; the R of a longer word is none.
  bool raw_string_begins() const {
    if (at_ == 0 || source_[at_ - 1] != 'R') return false;
    std::size_t first = at_;
    while (first > 0 && at_ - first < 4 && word_char(source_[first - 1])) --first;
    const std::string_view prefix = source_.substr(first, at_ - first);
    return prefix == "R" || prefix == "LR" || prefix == "uR" || prefix == "UR" || prefix == "u8R";
  }
  void skip_raw_string() {
    const std::size_t open = source_.substr(at_, 18).find('(');
    if (open == std::string_view::npos) return skip_quoted('"');
    const std::string close = ")" + std::string(source_.substr(at_ + 1, open - 1)) + "\"";
    const std::size_t end = source_.find(close, at_ + open);
    at_ = end == std::string_view::npos ? source_.size() : end + close.size();
  }
  // An unclosed literal ends with its line, as it does for a compiler.
  void skip_quoted(char quote) {
    for (++at_; at_ < source_.size() && source_[at_] != '\n'; ++at_) {
      if (source_[at_] == '\\') {
        ++at_;
      } else if (source_[at_] == quote) {
        ++at_;
        return;
      }
    }
    at_ = std::min(at_, source_.size());
  }

  std::string_view source_;
  std::size_t at_ = 0;
};

// Where the comment's TOML begins, if the comment is a plan's. A line comment must hold the word alone, so that prose
// which happens to begin with it is not taken for a plan.
std::optional<std::size_t> plan_begins(std::string_view source, const CommentScanner::Comment& comment) {
  std::size_t at = comment.begin + 2;
  while (at < comment.end && std::isspace(static_cast<unsigned char>(source[at]))) ++at;
  if (source.substr(at, plan_word.size()) != plan_word || at + plan_word.size() > comment.end) return std::nullopt;
  at += plan_word.size();
  if (comment.block) {
    if (at < source.size() && !std::isspace(static_cast<unsigned char>(source[at])) && source[at] != '*')
      return std::nullopt;
    return at;
  }
  if (!trim(source.substr(at, comment.end - at)).empty()) return std::nullopt;
  return at;
}

void blank(std::string& text, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i)
    if (text[i] != '\n') text[i] = ' ';
}

// Lengthens a plan's first line comment over the lines that follow it, and blanks their slashes.
std::size_t take_lines(std::string& toml, std::size_t end) {
  for (;;) {
    std::size_t at = end;
    if (at >= toml.size() || toml[at] != '\n') return end;
    for (++at; at < toml.size() && (toml[at] == ' ' || toml[at] == '\t'); ++at) {
    }
    if (std::string_view(toml).substr(at, 2) != "//") return end;
    blank(toml, at, at + 2);
    end = std::min(toml.find('\n', at), toml.size());
  }
}

}  // namespace

Result<PlanText> find_plan(const std::string& source, const std::string& file) {
  CommentScanner scanner(source);
  while (const auto comment = scanner.next()) {
    const auto begin = plan_begins(source, *comment);
    if (!begin) continue;
    if (!comment->closed)
      return invalid("{}:{}: the comment with the plan is not closed", file,
                     1 + std::count(source.begin(), source.begin() + std::ptrdiff_t(comment->begin), '\n'));
    PlanText plan;
    plan.begin = comment->begin;
    plan.toml = source;
    plan.end = comment->block ? comment->end : take_lines(plan.toml, comment->end);
    blank(plan.toml, 0, *begin);
    plan.toml.resize(comment->block ? plan.end - 2 : plan.end);
    return plan;
  }
  return invalid(
      "{}: no launch plan: the first comment that begins with \"ridgeline\" must hold one (/* ridgeline … */)", file);
}

Result<Plan> plan_from_source(const std::string& source, const std::string& file) {
  RIDGE_TRY(const PlanText text, find_plan(source, file));
  return parse_plan(text.toml, file);
}

std::string with_plan(const std::string& source, const Plan& plan) {
  const std::string comment = "/* ridgeline\n" + to_toml(plan) + "*/";
  const auto text = find_plan(source, "");
  if (!text) return comment + "\n" + source;
  return source.substr(0, text->begin) + comment + source.substr(text->end);
}

}  // namespace ridge
