#include "report/highlight.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.h"
#include "report/format.h"

namespace ridge {
namespace {

constexpr std::array kKeywords = {
    "__device__",  "__global",  "__global__", "__kernel", "__local",     "__restrict", "__restrict__", "__shared__",
    "alignas",     "auto",      "bool",       "break",    "case",        "char",       "class",        "const",
    "constant",    "constexpr", "continue",   "default",  "device",      "do",         "double",       "else",
    "enum",        "extern",    "false",      "float",    "for",         "goto",       "half",         "if",
    "inline",      "int",       "kernel",     "long",     "namespace",   "private",    "public",       "return",
    "short",       "signed",    "sizeof",     "static",   "static_cast", "struct",     "switch",       "template",
    "threadgroup", "true",      "typedef",    "typename", "union",       "unsigned",   "using",        "void",
    "volatile",    "while"};

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

class Scanner {
 public:
  explicit Scanner(std::string_view source) : s_(source) {}

  std::string run() {
    while (i_ < s_.size()) step();
    return std::move(out_);
  }

 private:
  void step() {
    const char c = s_[i_];
    if (s_.substr(i_, 2) == "//") return mark('c', line_end());
    if (s_.substr(i_, 2) == "/*") return mark('c', after("*/", i_ + 2));
    if (c == '"' || c == '\'') return mark('s', after_quote(c));
    if (c == '#' && at_line_start()) return mark('p', word_end(s_.find_first_not_of(" \t#", i_)));
    if (std::isdigit(static_cast<unsigned char>(c))) return mark('n', number_end());
    if (is_word(c)) {
      const std::size_t end = word_end(i_);
      const bool keyword = std::binary_search(kKeywords.begin(), kKeywords.end(), s_.substr(i_, end - i_));
      return keyword ? mark('k', end) : plain(end);
    }
    plain(i_ + 1 +
          std::size_t(std::find_if(s_.begin() + std::ptrdiff_t(i_) + 1, s_.end(),
                                   [](char x) { return is_word(x) || x == '/' || x == '"' || x == '\'' || x == '#'; }) -
                      (s_.begin() + std::ptrdiff_t(i_) + 1)));
  }

  void plain(std::size_t end) {
    out_ += escape_html(s_.substr(i_, end - i_));
    i_ = end;
  }
  void mark(char kind, std::size_t end) {
    out_ += fmt::format("<i class=\"{}\">", kind);
    plain(end);
    out_ += "</i>";
  }

  bool at_line_start() const {
    const std::size_t before = s_.substr(0, i_).find_last_not_of(" \t");
    return before == std::string_view::npos || s_[before] == '\n';
  }
  std::size_t line_end() const { return std::min(s_.find('\n', i_), s_.size()); }
  std::size_t after(std::string_view what, std::size_t from) const {
    const std::size_t at = s_.find(what, from);
    return at == std::string_view::npos ? s_.size() : at + what.size();
  }
  std::size_t after_quote(char quote) const {
    std::size_t i = i_ + 1;
    while (i < s_.size() && s_[i] != quote && s_[i] != '\n') i += s_[i] == '\\' ? 2 : 1;
    return std::min(i < s_.size() && s_[i] == quote ? i + 1 : i, s_.size());
  }
  std::size_t word_end(std::size_t from) const {
    if (from == std::string_view::npos) return line_end();
    std::size_t end = from;
    while (end < s_.size() && is_word(s_[end])) ++end;
    return std::max(end, i_ + 1);
  }
  std::size_t number_end() const {
    std::size_t end = i_;
    while (end < s_.size()) {
      const bool exponent = (s_[end] == '+' || s_[end] == '-') && end > i_ &&
                            std::string_view("eEpP").find(s_[end - 1]) != std::string_view::npos;
      if (!is_word(s_[end]) && s_[end] != '.' && !exponent) break;
      ++end;
    }
    return end;
  }

  std::string_view s_;
  std::size_t i_ = 0;
  std::string out_;
};

}  // namespace

std::string escape_html(std::string_view text) {
  const std::string visible = printable(text, std::string_view::npos);
  std::string out;
  out.reserve(visible.size() + visible.size() / 8);
  for (const char c : visible) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::vector<std::string> highlight_lines(std::string_view source, std::size_t most) {
  // Lines are cut before they are coloured, so that no mark is cut in two.
  std::string shortened;
  for (const std::string& line : split_lines(source)) {
    std::size_t end = line.size();
    if (end > most)
      for (end = most; end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80;) --end;
    shortened += line.substr(0, end) + (end < line.size() ? "…\n" : "\n");
  }
  const std::string html = Scanner(shortened).run();
  std::vector<std::string> lines;
  std::string line, open;  // open: the mark that a line break interrupts
  for (std::size_t i = 0; i < html.size(); ++i) {
    if (html[i] == '\n') {
      lines.push_back(line + (open.empty() ? "" : "</i>"));
      line = open;
    } else if (html.compare(i, 3, "<i ") == 0) {
      open = html.substr(i, html.find('>', i) + 1 - i);
      line += open;
      i += open.size() - 1;
    } else if (html.compare(i, 4, "</i>") == 0) {
      open.clear();
      line += "</i>";
      i += 3;
    } else {
      line += html[i];
    }
  }
  return lines;
}

std::string highlight(std::string_view source) {
  return Scanner(source).run();
}

}  // namespace ridge
