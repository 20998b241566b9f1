#include "trust/museum.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/paths.h"
#include "base/text.h"
#include "evaluate/mechanisms.h"
#include "kernel/document.h"

namespace ridge {
namespace {

namespace fs = std::filesystem;

constexpr std::array needs = {MuseumNeed::cores, MuseumNeed::seccomp, MuseumNeed::x86_64, MuseumNeed::clang};
constexpr std::array statuses = {MuseumRow::Status::impossible, MuseumRow::Status::harmless, MuseumRow::Status::waits};

// One table of a manifest: required and optional fields by name.
class Fields {
 public:
  Fields(const Where& where, const DocNode& table) : where_(where.at(table)), table_(table) {}

  Result<std::string> text(const std::string& key) const {
    const DocNode* node = table_.find(key);
    if (!node) return where_.invalid("{} is missing", key);
    RIDGE_TRY(std::string value, read_text(where_, key, *node));
    if (trim(value).empty()) return where_.at(*node).invalid("{} is empty", key);
    return value;
  }
  Result<std::string> text_or(const std::string& key, std::string otherwise) const {
    if (!table_.find(key)) return otherwise;
    return text(key);
  }
  Result<std::vector<std::string>> texts(const std::string& key, bool required) const {
    const DocNode* node = table_.find(key);
    if (!node) {
      if (required) return where_.invalid("{} is missing", key);
      return std::vector<std::string>();
    }
    RIDGE_TRY(auto values, read_texts(where_, key, *node));
    if (required && values.empty()) return where_.at(*node).invalid("{} names nothing", key);
    return values;
  }
  Result<Dialect> dialect() const {
    RIDGE_TRY(const std::string word, text_or("dialect", "cpp"));
    if (word != "cpp" && word != "cuda") return of("dialect").invalid("dialect = \"{}\": expected cpp or cuda", word);
    return word == "cuda" ? Dialect::cuda : Dialect::cpp;
  }
  Result<std::vector<MuseumNeed>> machine() const {
    RIDGE_TRY(const auto words, texts("needs", false));
    std::vector<MuseumNeed> out;
    for (const std::string& word : words) {
      const auto* at = std::ranges::find(needs, word, [](MuseumNeed n) { return name(n); });
      if (at == needs.end()) return of("needs").invalid("needs = \"{}\"{}", word, suggestion(word, known()));
      out.push_back(*at);
    }
    return out;
  }
  const Where& where() const { return where_; }
  Where of(std::string_view key) const {
    const DocNode* node = table_.find(key);
    return node ? where_.at(*node) : where_;
  }
  const DocNode* node(std::string_view key) const { return table_.find(key); }

 private:
  static std::vector<std::string> known() {
    std::vector<std::string> out;
    for (const MuseumNeed n : needs) out.emplace_back(name(n));
    return out;
  }
  Where where_;
  const DocNode& table_;
};

// Reads every entry of an array of tables.
template <class Read>
Result<void> each(const Where& file, const DocNode& document, const std::string& key, Read read) {
  const DocNode* list = document.find(key);
  if (!list) return {};
  if (list->kind != DocNode::Kind::array) return file.at(*list).invalid("write entries as [[{}]]", key);
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const DocNode& table = list->items[i];
    const DocNode* id = table.find("id");
    const Where where = file.at(table).in(fmt::format(
        "[[{}]] {}", key, id && id->kind == DocNode::Kind::string ? id->text : fmt::format("number {}", i + 1)));
    if (table.kind != DocNode::Kind::table) return where.invalid("expected a table");
    RIDGE_TRY_VOID(read(where, table));
  }
  return {};
}

Result<void> file_exists(const Fields& f, std::string_view key, const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return f.of(key).invalid("{}: no such file: {}", key, path);
  return {};
}

Result<DocNode> document_of(const std::string& path, const std::vector<std::string>& keys) {
  RIDGE_TRY(const std::string text, read_file(path, document_bytes));
  RIDGE_TRY(DocNode document, read_toml(text, path));
  const Where where{path, 0, ""};
  RIDGE_TRY_VOID(only_keys(where, document, keys));
  const DocNode* format = document.find("format");
  if (!format || format->kind != DocNode::Kind::integer || format->integer != 1)
    return where.invalid("format = 1 is expected at its beginning");
  return document;
}

Result<void> read_programs(Museum& m, const Where& file, const DocNode& document) {
  return each(file, document, "program", [&](const Where& where, const DocNode& table) -> Result<void> {
    RIDGE_TRY_VOID(only_keys(where, table,
                             {"id", "rows", "file", "dialect", "task", "verdict", "reasons", "mechanism", "what",
                              "needs", "time_limit_s", "tries"}));
    const Fields f(where, table);
    MuseumProgram p;
    RIDGE_TRY(p.id, f.text("id"));
    if (!is_identifier(p.id)) return f.of("id").invalid("id = \"{}\": expected a word of letters, digits and _", p.id);
    if (m.program(p.id)) return f.of("id").invalid("id = \"{}\" is there twice", p.id);
    RIDGE_TRY(p.rows, f.texts("rows", true));
    for (const std::string& row : p.rows)
      if (row != "own" && std::ranges::find(catalogue_rows(), row) == catalogue_rows().end())
        return f.of("rows").invalid("rows: \"{}\" is no row of the catalogue", row);
    RIDGE_TRY(p.dialect, f.dialect());
    RIDGE_TRY(p.file, f.text_or("file", fmt::format("programs/{}.{}", p.id, extension(p.dialect))));
    RIDGE_TRY_VOID(file_exists(f, "file", m.folder + "/" + p.file));
    RIDGE_TRY(p.task, f.text("task"));
    RIDGE_TRY_VOID(file_exists(f, "task", m.task_folder(p.task) + "/task.toml"));
    RIDGE_TRY(const std::string verdict, f.text("verdict"));
    const auto v = verdict_of(verdict);
    if (!v || *v == Verdict::ok) return f.of("verdict").invalid("verdict = \"{}\": expected one of failure", verdict);
    p.verdict = *v;
    RIDGE_TRY(const auto reasons, f.texts("reasons", true));
    for (const std::string& word : reasons) {
      const auto r = reason_of(word);
      if (!r || *r == Reason::none) return f.of("reasons").invalid("reasons: there is no reason \"{}\"", word);
      p.reasons.push_back(*r);
    }
    RIDGE_TRY(p.mechanism, f.text("mechanism"));
    if (!m.mechanism(p.mechanism)) {
      std::vector<std::string> known;
      for (const MuseumMechanism& k : m.mechanisms) known.push_back(k.id);
      return f.of("mechanism").invalid("mechanism = \"{}\"{}", p.mechanism, suggestion(p.mechanism, known));
    }
    RIDGE_TRY(p.what, f.text("what"));
    RIDGE_TRY(p.needs, f.machine());
    if (const DocNode* limit = f.node("time_limit_s")) {
      RIDGE_TRY(const Number n, read_number(where, "time_limit_s", *limit));
      p.time_limit_s = n.real();
      if (!(p.time_limit_s > 0 && p.time_limit_s <= 600))
        return f.of("time_limit_s").invalid("time_limit_s: expected seconds in (0, 600]");
    }
    if (const DocNode* tries = f.node("tries")) {
      if (tries->kind != DocNode::Kind::integer || tries->integer < 1 || tries->integer > 9)
        return f.of("tries").invalid("tries = {}: expected 1 to 9", tries->shown());
      p.tries = int(tries->integer);
    }
    m.programs.push_back(std::move(p));
    return {};
  });
}

Result<void> read_rows(Museum& m, const Where& file, const DocNode& document) {
  return each(file, document, "row", [&](const Where& where, const DocNode& table) -> Result<void> {
    RIDGE_TRY_VOID(only_keys(where, table, {"ids", "status", "reason"}));
    const Fields f(where, table);
    MuseumRow row;
    RIDGE_TRY(row.ids, f.texts("ids", true));
    for (const std::string& id : row.ids)
      if (std::ranges::find(catalogue_rows(), id) == catalogue_rows().end())
        return f.of("ids").invalid("ids: \"{}\" is no row of the catalogue", id);
    RIDGE_TRY(const std::string status, f.text("status"));
    const auto* at = std::ranges::find(statuses, status, [](MuseumRow::Status s) { return name(s); });
    if (at == statuses.end())
      return f.of("status").invalid("status = \"{}\": expected impossible, harmless or waits", status);
    row.status = *at;
    RIDGE_TRY(row.reason, f.text("reason"));
    m.rows.push_back(std::move(row));
    return {};
  });
}

Result<void> read_mechanisms(Museum& m, const Where& file, const DocNode& document) {
  return each(file, document, "mechanism", [&](const Where& where, const DocNode& table) -> Result<void> {
    RIDGE_TRY_VOID(only_keys(where, table, {"id", "title", "switch", "proof", "also_off", "without", "tests"}));
    const Fields f(where, table);
    MuseumMechanism k;
    RIDGE_TRY(k.id, f.text("id"));
    if (m.mechanism(k.id)) return f.of("id").invalid("id = \"{}\" is there twice", k.id);
    RIDGE_TRY(k.title, f.text("title"));
    RIDGE_TRY(k.off, f.text_or("switch", ""));
    RIDGE_TRY(k.also_off, f.texts("also_off", false));
    MechanismSwitches switches;
    for (const std::string& word : k.also_off)
      if (!switches.find(word)) return f.of("also_off").invalid("also_off: there is no switch \"{}\"", word);
    if (!k.off.empty()) {
      if (!switches.find(k.off)) return f.of("switch").invalid("switch = \"{}\": there is no such switch", k.off);
      RIDGE_TRY(k.proof, f.text("proof"));
      RIDGE_TRY(k.without, f.text("without"));
    } else if (f.node("proof") || f.node("without") || f.node("also_off")) {
      return where.invalid("proof, without and also_off belong to a switch");
    }
    RIDGE_TRY(k.tests, f.texts("tests", k.off.empty()));
    m.mechanisms.push_back(std::move(k));
    return {};
  });
}

Result<void> read_good(Museum& m, const Where& file, const DocNode& document) {
  return each(file, document, "kernel", [&](const Where& where, const DocNode& table) -> Result<void> {
    RIDGE_TRY_VOID(only_keys(where, table, {"id", "file", "dialect", "task", "unusual", "parameters", "needs"}));
    const Fields f(where, table);
    GoodKernel g;
    RIDGE_TRY(g.id, f.text("id"));
    if (!is_identifier(g.id)) return f.of("id").invalid("id = \"{}\": expected a word of letters, digits and _", g.id);
    if (std::ranges::find(m.good, g.id, &GoodKernel::id) != m.good.end())
      return f.of("id").invalid("id = \"{}\" is there twice", g.id);
    RIDGE_TRY(g.dialect, f.dialect());
    RIDGE_TRY(g.file, f.text_or("file", fmt::format("good/{}.{}", g.id, extension(g.dialect))));
    RIDGE_TRY(g.task, f.text("task"));
    RIDGE_TRY_VOID(file_exists(f, "file", m.path_of(g)));
    RIDGE_TRY_VOID(file_exists(f, "task", m.task_folder(g.task) + "/task.toml"));
    RIDGE_TRY(g.unusual, f.text("unusual"));
    RIDGE_TRY(g.needs, f.machine());
    if (const DocNode* values = f.node("parameters")) {
      if (values->kind != DocNode::Kind::table) return wrong_kind(where, "parameters", *values, "a table");
      for (const DocNode& value : values->items)
        g.parameters[value.key] = value.kind == DocNode::Kind::string ? value.text : value.shown();
    }
    m.good.push_back(std::move(g));
    return {};
  });
}

std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string code_list(const std::vector<std::string>& words) {
  std::vector<std::string> out;
  for (const std::string& w : words) out.push_back("`" + w + "`");
  return join(out, " ");
}

}  // namespace

std::string_view name(MuseumNeed n) {
  switch (n) {
    case MuseumNeed::cores:
      return "cores";
    case MuseumNeed::seccomp:
      return "seccomp";
    case MuseumNeed::x86_64:
      return "x86_64";
    case MuseumNeed::clang:
      return "clang";
  }
  return "";
}

std::string_view name(MuseumRow::Status s) {
  switch (s) {
    case MuseumRow::Status::impossible:
      return "impossible";
    case MuseumRow::Status::harmless:
      return "harmless";
    case MuseumRow::Status::waits:
      return "waits";
  }
  return "";
}

const MuseumProgram* Museum::program(std::string_view id) const {
  const auto at = std::ranges::find(programs, id, &MuseumProgram::id);
  return at == programs.end() ? nullptr : &*at;
}

const MuseumMechanism* Museum::mechanism(std::string_view id) const {
  const auto at = std::ranges::find(mechanisms, id, &MuseumMechanism::id);
  return at == mechanisms.end() ? nullptr : &*at;
}

std::string Museum::task_folder(const std::string& task) const {
  return task.find('/') == std::string::npos ? folder + "/tasks/" + task : root + "/tasks/" + task;
}

std::string Museum::path_of(const GoodKernel& kernel) const {
  const bool of_the_catalog = kernel.task.find('/') != std::string::npos && kernel.file.starts_with("tasks/");
  return (of_the_catalog ? root : folder) + "/" + kernel.file;
}

Result<Museum> read_museum(const std::string& folder, const std::string& root) {
  Museum m;
  m.folder = folder;
  m.root = root;
  const std::string manifest = folder + "/museum.toml", corpus = folder + "/good.toml";
  RIDGE_TRY(const DocNode document, document_of(manifest, {"format", "mechanism", "program", "row"}));
  const Where where{manifest, 0, ""};
  RIDGE_TRY_VOID(read_mechanisms(m, where, document));
  RIDGE_TRY_VOID(read_programs(m, where, document));
  RIDGE_TRY_VOID(read_rows(m, where, document));
  for (const MuseumMechanism& k : m.mechanisms)
    if (!k.proof.empty() && !m.program(k.proof))
      return where.invalid("[[mechanism]] {}: proof = \"{}\": no such program", k.id, k.proof);
  RIDGE_TRY(const DocNode kernels, document_of(corpus, {"format", "kernel"}));
  RIDGE_TRY_VOID(read_good(m, Where{corpus, 0, ""}, kernels));
  return m;
}

Result<Museum> find_museum() {
  RIDGE_TRY(const std::string root, resource_root());
  return read_museum(root + "/tests/museum", root);
}

const std::vector<std::string>& catalogue_rows() {
  static const std::vector<std::string> rows = [] {
    std::vector<std::string> out;
    for (const auto& [letter, count] :
         {std::pair{'T', 14}, {'C', 9}, {'S', 12}, {'O', 4}, {'P', 3}, {'L', 6}, {'H', 10}, {'E', 3}, {'X', 7}})
      for (int i = 1; i <= count; ++i) out.push_back(fmt::format("{}{}", letter, i));
    return out;
  }();
  return rows;
}

std::vector<std::string> rows_without_account(const Museum& museum) {
  std::set<std::string> known;
  for (const MuseumProgram& p : museum.programs) known.insert(p.rows.begin(), p.rows.end());
  for (const MuseumRow& r : museum.rows) known.insert(r.ids.begin(), r.ids.end());
  std::vector<std::string> out;
  for (const std::string& row : catalogue_rows())
    if (!known.contains(row)) out.push_back(row);
  return out;
}

std::string mechanisms_table(const Museum& museum) {
  std::string text =
      "| mechanism | caught by it in the museum | the test that fails without it |\n| --- | --- | --- |\n";
  for (const MuseumMechanism& k : museum.mechanisms) {
    std::vector<std::string> caught;
    for (const MuseumProgram& p : museum.programs)
      if (p.mechanism == k.id) caught.push_back(p.id);
    std::string test = code_list(k.tests);
    if (!k.off.empty()) {
      const std::string proof = fmt::format(
          "`museum.Mechanisms/Switch.SomethingPassesWithoutIt/{}`: without it{} `{}` ends as *{}*", k.id,
          k.also_off.empty() ? "" : fmt::format(" (and without {})", code_list(k.also_off)), k.proof, k.without);
      test = test.empty() ? proof : proof + "; " + test;
    }
    text += fmt::format("| {} | {} | {} |\n", cell(k.title), caught.empty() ? "-" : code_list(caught), cell(test));
  }
  return text;
}

std::string rows_table(const Museum& museum) {
  std::string text = "| row | what becomes of it |\n| --- | --- |\n";
  for (const std::string& id : catalogue_rows()) {
    std::vector<std::string> programs, words;
    for (const MuseumProgram& p : museum.programs)
      if (std::ranges::find(p.rows, id) != p.rows.end()) programs.push_back(p.id);
    if (!programs.empty()) words.push_back("caught: " + code_list(programs));
    for (const MuseumRow& r : museum.rows)
      if (std::ranges::find(r.ids, id) != r.ids.end())
        words.push_back(
            fmt::format("{}: {}", r.status == MuseumRow::Status::waits ? "waits for GPUs" : name(r.status), r.reason));
    text += fmt::format("| {} | {} |\n", id, cell(join(words, "; ")));
  }
  return text;
}

}  // namespace ridge
