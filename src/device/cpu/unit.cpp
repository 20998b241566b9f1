#include "device/cpu/unit.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "device/cpu/glue.h"

namespace ridge::cpu {
namespace {

bool starts_word(char c) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80);
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool in_word(char c) {
  return starts_word(c) || is_digit(c);
}

struct Token {
  enum class Kind { word, text, directive, other } kind;
  std::size_t begin = 0, end = 0;
};
using Unfit = std::unexpected<std::string>;

// Just enough of the lexical grammar of C++ to tell code from comments, texts and directives. Whatever is rare and
// would need more (raw strings, digraphs, spliced lines outside directives) is refused.
class Scanner {
 public:
  explicit Scanner(std::string_view s) : s_(s) {}

  std::expected<std::vector<Token>, std::string> scan() {
    bool line_begins = true;
    while (at_ < s_.size()) {
      const char c = s_[at_];
      if (c == '\n') {
        line_begins = true;
        ++at_;
      } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v') {
        ++at_;
      } else if (here("//")) {
        at_ = std::min(s_.find('\n', at_), s_.size());
        if (s_[at_ - 1] == '\\') return Unfit("a comment goes on in the next line");
      } else if (here("/*")) {
        const std::size_t close = s_.find("*/", at_ + 2);
        if (close == std::string_view::npos) return Unfit("a comment has no end");
        at_ = close + 2;
      } else if (c == '#' && line_begins) {
        const std::size_t begin = at_;
        if (!directive()) return Unfit("a comment begins in a directive and goes on");
        tokens_.push_back({Token::Kind::directive, begin, at_});
      } else if (here("%:") || here("<%") || here("%>") || here("??")) {
        return Unfit("digraphs or trigraphs");
      } else if (c == '\\') {
        return Unfit("a line is continued outside a directive");
      } else if (starts_word(c)) {
        const std::size_t begin = at_;
        while (at_ < s_.size() && in_word(s_[at_])) ++at_;
        if (at_ < s_.size() && s_[at_] == '"' && s_[at_ - 1] == 'R') return Unfit("a raw string");
        tokens_.push_back({Token::Kind::word, begin, at_});
        line_begins = false;
      } else if (is_digit(c)) {
        while (at_ < s_.size() &&
               (in_word(s_[at_]) || s_[at_] == '.' || (s_[at_] == '\'' && at_ + 1 < s_.size() && in_word(s_[at_ + 1]))))
          ++at_;
        line_begins = false;
      } else if (c == '"' || c == '\'') {
        const std::size_t begin = at_;
        if (!quoted()) return Unfit("a text has no end in its line");
        tokens_.push_back({Token::Kind::text, begin, at_});
        line_begins = false;
      } else {
        tokens_.push_back({Token::Kind::other, at_, at_ + 1});
        ++at_;
        line_begins = false;
      }
    }
    return std::move(tokens_);
  }

 private:
  bool here(std::string_view what) const { return s_.substr(at_, what.size()) == what; }
  bool quoted() {
    const char close = s_[at_++];
    for (; at_ < s_.size() && s_[at_] != '\n'; ++at_) {
      if (s_[at_] == '\\') {
        if (++at_ >= s_.size() || s_[at_] == '\n') return false;
      } else if (s_[at_] == close) {
        ++at_;
        return true;
      }
    }
    return false;
  }
  // To the end of its last line.
  bool directive() {
    while (at_ < s_.size() && s_[at_] != '\n') {
      if (s_[at_] == '\\' && at_ + 1 < s_.size()) {
        at_ += 2;
      } else if (here("/*")) {
        const std::size_t close = s_.find("*/", at_ + 2);
        if (close >= s_.find('\n', at_)) return false;
        at_ = close + 2;
      } else if (here("//")) {
        at_ = std::min(s_.find('\n', at_), s_.size());
        if (s_[at_ - 1] == '\\') return false;
      } else {
        ++at_;
      }
    }
    return true;
  }

  std::string_view s_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

// "#  pragma GCC unroll 4" → {"pragma", "GCC", "unroll", "4"}; comments left out.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at, 2) == "//") break;
    if (text.substr(at, 2) == "/*") {
      at = std::min(text.find("*/", at), text.size() - 2) + 2;
    } else if (in_word(text[at])) {
      const std::size_t begin = at;
      while (at < text.size() && in_word(text[at])) ++at;
      words.emplace_back(text.substr(begin, at - begin));
    } else {
      ++at;
    }
  }
  return words;
}

// Names that mean another thing in a repetition, or leave something behind that the next one would see.
const std::set<std::string_view> unfit = {"asm",
                                          "__asm",
                                          "__asm__",
                                          "__COUNTER__",
                                          "__FILE__",
                                          "__BASE_FILE__",
                                          "__INCLUDE_LEVEL__",
                                          "section",
                                          "__section__",
                                          "alias",
                                          "__alias__",
                                          "ifunc",
                                          "__ifunc__",
                                          "weakref",
                                          "__weakref__",
                                          "symver",
                                          "__symver__",
                                          "constructor",
                                          "__constructor__",
                                          "destructor",
                                          "__destructor__",
                                          "import",
                                          "module",
                                          "export",
                                          "init_priority",
                                          "__init_priority__"};

const std::set<std::string_view> fit_openmp = {
    "parallel", "for",  "simd",     "barrier",  "single",  "master", "masked", "critical", "atomic",     "sections",
    "section",  "task", "taskwait", "taskloop", "ordered", "flush",  "loop",   "teams",    "distribute", "taskgroup"};
const std::set<std::string_view> fit_gcc = {"unroll",       "ivdep",       "optimize",  "target",
                                            "push_options", "pop_options", "diagnostic"};

class Reader {
 public:
  Reader(std::string_view source, const std::set<std::string>& macros) : source_(source), macros_(macros) {}

  std::expected<Repeatable, std::string> read() {
    auto tokens = Scanner(source_).scan();
    if (!tokens) return Unfit(tokens.error());
    tokens_ = std::move(*tokens);
    out_.body = source_;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const Token& t = tokens_[i];
      const std::string_view text = text_of(i);
      std::string why;
      if (t.kind == Token::Kind::directive) why = directive(text, t.begin);
      if (t.kind == Token::Kind::word) why = word(i, text);
      if (text == "{") ++depth_;
      if (text == "}" && --depth_ < 0) why = "a brace closes nothing";
      if (!why.empty()) return Unfit(why);
    }
    if (depth_ != 0) return Unfit("braces are not paired");
    if (options_ != 0) return Unfit("#pragma GCC push_options without its pop_options");
    c_linkage();
    return std::move(out_);
  }

 private:
  std::string_view text_of(std::size_t i) const {
    return source_.substr(tokens_[i].begin, tokens_[i].end - tokens_[i].begin);
  }

  std::string word(std::size_t i, std::string_view text) const {
    if (unfit.contains(text)) return std::string(text);
    if (text == "namespace" && i + 1 < tokens_.size() && text_of(i + 1) == "std") return "namespace std";
    return "";
  }

  std::string directive(std::string_view text, std::size_t begin) {
    const std::vector<std::string> words = words_of(text);
    if (words.empty()) return "";  // a lone #
    const std::string& kind = words[0];
    for (const std::string& w : words)
      if (kind != "pragma" && kind != "include" && unfit.contains(w)) return w;
    if (kind == "include") return include(text, begin);
    if (kind == "define" || kind == "undef") {
      if (words.size() < 2) return "";
      if (kind == "undef" && !out_.defined.contains(words[1]) && !macros_.contains(words[1]))
        return "#undef of a macro from elsewhere";
      out_.defined.insert(words[1]);
    } else if (kind == "if" || kind == "ifdef" || kind == "ifndef") {
      conditions_.push_back({std::string(text), words, true});
    } else if (kind == "elif" || kind == "else" || kind == "elifdef" || kind == "elifndef") {
      if (conditions_.empty()) return "#else without #if";
      conditions_.back().simple = false;
    } else if (kind == "endif") {
      if (conditions_.empty()) return "#endif without #if";
      conditions_.pop_back();
    } else if (kind == "pragma") {
      return pragma(words);
    } else if (kind != "error" && kind != "warning") {
      return "#" + kind;
    }
    return "";
  }

  // Headers of the system, with the conditions around them. A header could only see what was defined before it, so
  // names that are meant for headers must not be.
  std::string include(std::string_view text, std::size_t begin) {
    const std::size_t open = text.find('<'), close = text.find('>');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open)
      return "an include of its own";
    if (depth_ != 0) return "an include inside braces";
    for (const std::string& name : out_.defined)
      if (name.starts_with('_') || name == "NDEBUG") return "an include behind #define " + name;
    for (const Condition& c : conditions_) {
      if (!c.simple) return "an include behind #else";
      for (const std::string& w : c.words)
        if (macros_.contains(w) || out_.defined.contains(w)) return "an include that depends on " + w;
      out_.head += c.text + "\n";
    }
    out_.head += text;
    out_.head += "\n";
    for (std::size_t i = 0; i < conditions_.size(); ++i) out_.head += "#endif\n";
    for (std::size_t i = begin; i < begin + text.size(); ++i)
      if (out_.body[i] != '\n') out_.body[i] = ' ';
    return "";
  }

  std::string pragma(const std::vector<std::string>& words) {
    const std::string set = words.size() > 1 ? words[1] : "", what = words.size() > 2 ? words[2] : "";
    if (set == "once") return "";
    if (set == "omp" && fit_openmp.contains(what)) return "";
    if (set == "omp" && what == "declare" && words.size() > 3 && (words[3] == "simd" || words[3] == "reduction"))
      return "";
    if (set == "GCC" && fit_gcc.contains(what)) {
      if (what == "push_options") ++options_;
      if (what == "pop_options" && --options_ < 0) return "#pragma GCC pop_options without its push_options";
      return "";
    }
    return "#pragma " + set + " " + what;
  }

  // `extern "C"` of a definition becomes `extern "C++"`: functions with C linkage are the same whatever namespace they
  // stand in. Declarations keep it, for they mean what is defined elsewhere; unless it is defined here as well.
  void c_linkage() {
    struct Place {
      std::size_t text;  // the token "C"
      bool defines;
      std::string name;
    };
    std::vector<Place> places;
    std::set<std::string> defined;
    for (std::size_t i = 0; i + 1 < tokens_.size(); ++i) {
      if (text_of(i) != "extern" || text_of(i + 1) != "\"C\"") continue;
      Place p{i + 1, false, ""};
      const bool block = i + 2 < tokens_.size() && text_of(i + 2) == "{";
      int depth = block ? 1 : 0, parentheses = 0;
      for (std::size_t k = i + (block ? 3 : 2); k < tokens_.size(); ++k) {
        const std::string_view t = text_of(k);
        if (t == "(" && parentheses == 0 && p.name.empty() && tokens_[k - 1].kind == Token::Kind::word)
          p.name = text_of(k - 1);
        if (t == "(") ++parentheses;
        if (t == ")") --parentheses;
        if (t == "{" && parentheses == 0) {
          p.defines = true;
          break;
        }
        if (t == "}" && --depth <= 0) break;
        if (t == ";" && parentheses == 0 && !block) break;
      }
      if (p.defines) defined.insert(p.name);
      places.push_back(std::move(p));
    }
    std::vector<std::size_t> inserts;
    for (const Place& p : places)
      if (p.defines || defined.contains(p.name)) inserts.push_back(tokens_[p.text].begin + 2);
    // In the bodies of macros there is no telling: they are taken for definitions.
    for (const Token& t : tokens_) {
      if (t.kind != Token::Kind::directive) continue;
      const std::string_view text = source_.substr(t.begin, t.end - t.begin);
      for (std::size_t at = 0; (at = text.find("\"C\"", at)) != std::string_view::npos; at += 3)
        inserts.push_back(t.begin + at + 2);
    }
    std::sort(inserts.rbegin(), inserts.rend());
    for (const std::size_t at : inserts) out_.body.insert(at, "++");
  }

  struct Condition {
    std::string text;
    std::vector<std::string> words;
    bool simple = true;
  };
  std::string_view source_;
  const std::set<std::string>& macros_;
  std::vector<Token> tokens_;
  std::vector<Condition> conditions_;
  int depth_ = 0, options_ = 0;
  Repeatable out_;
};

}  // namespace

std::string translation_unit(const CompileJob& job) {
  std::string unit(glue_traits());
  unit += fmt::format("#line 1 \"{}\"\n", job.file);
  unit += job.source;
  unit += glue_of(job.kernels);
  unit += entry_table(std::vector<std::string>{""}, job.kernels.size());
  return unit;
}

std::expected<Repeatable, std::string> repeatable(std::string_view source, const std::set<std::string>& macros) {
  return Reader(source, macros).read();
}

std::string shared_unit(const Repeatable& source, std::span<const CompileJob* const> jobs) {
  std::string unit(glue_traits());
  unit += source.head;
  const std::string glue = glue_of(jobs[0]->kernels);
  std::vector<std::string> scopes;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    scopes.push_back(fmt::format("ridgeline_v{}::", i));
    std::set<std::string> names = source.defined;
    for (const auto& [name, value] : jobs[i]->macros) {
      unit += fmt::format("#define {} {}\n", name, value);
      names.insert(name);
    }
    unit +=
        fmt::format("#pragma GCC push_options\nnamespace ridgeline_v{} {{\n#line 1 \"{}/{}\"\n", i, i, jobs[i]->file);
    unit += source.body;
    unit += glue;
    unit += "}\n#pragma GCC pop_options\n";
    for (const std::string& name : names) unit += fmt::format("#undef {}\n", name);
  }
  return unit + entry_table(scopes, jobs[0]->kernels.size());
}

std::vector<std::size_t> blamed(const std::string& messages, std::size_t count) {
  std::set<std::size_t> found;
  for (const std::string& line : split_lines(messages)) {
    std::size_t number = 0;
    // The linker says names where the compiler says files.
    if (const std::size_t at = line.find("ridgeline_v"); at != std::string::npos) {
      const char* from = line.data() + at + std::string_view("ridgeline_v").size();
      if (std::from_chars(from, line.data() + line.size(), number).ec == std::errc{} && number < count)
        found.insert(number);
    }
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    if (error == std::errc{} && end != line.data() + line.size() && *end == '/' && number < count) found.insert(number);
  }
  return {found.begin(), found.end()};
}

}  // namespace ridge::cpu
