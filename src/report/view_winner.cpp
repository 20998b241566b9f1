#include <algorithm>

#include "base/text.h"
#include "report/diff.h"
#include "report/format.h"
#include "report/highlight.h"
#include "report/internal/report_view.h"

namespace ridge::view {
namespace {

constexpr std::size_t most_source = 60'000, most_diff_lines = 1200, most_line = 400, most_steps = 24;

std::string cut_source(const std::string& source, bool& cut) {
  cut = source.size() > most_source;
  if (!cut) return source;
  std::size_t at = source.rfind('\n', most_source);
  // Inside one long line: step back to the beginning of a character.
  if (at == std::string::npos)
    for (at = most_source; at > 0 && (static_cast<unsigned char>(source[at]) & 0xC0) == 0x80;) --at;
  return source.substr(0, at);
}

// Lines of both sides, coloured; a line too long to be read is cut before it is coloured.
class Sides {
 public:
  Sides(const std::string& before, const std::string& after)
      : before_(highlight_lines(before, most_line)), after_(highlight_lines(after, most_line)) {}
  const std::string& before(int line) const { return before_.at(std::size_t(line - 1)); }
  const std::string& after(int line) const { return after_.at(std::size_t(line - 1)); }

 private:
  std::vector<std::string> before_, after_;
};

std::string diff_line(int number, const char* sign, const char* spoken, const std::string& html) {
  return fmt::format(
      "<div class=\"l\"><span class=\"no\" aria-hidden=\"true\">{}</span><span class=\"sg\" "
      "aria-hidden=\"true\">{}</span><span>{}{}</span></div>",
      number, sign, *spoken ? fmt::format("<span class=\"vh\">{} </span>", spoken) : "", html);
}

// A stretch of unchanged or of changed lines: the seed's on the left, the winner's on the right. On a narrow page the
// two follow each other, and the left copy of unchanged lines is hidden.
std::string diff_block(const std::vector<DiffLine>& lines, bool changed, const Sides& sides) {
  std::string left, right;
  for (const DiffLine& line : lines) {
    if (line.old_line)
      left += diff_line(line.old_line, changed ? "−" : "", changed ? "removed:" : "", sides.before(line.old_line));
    if (line.new_line)
      right += diff_line(line.new_line, changed ? "+" : "", changed ? "added:" : "", sides.after(line.new_line));
  }
  return fmt::format("<div class=\"block {}\"><div class=\"before\"{}>{}</div><div class=\"after\">{}</div></div>\n",
                     changed ? "changed" : "same", changed ? "" : " aria-hidden=\"true\"", left, right);
}

std::string gap(int lines) {
  return fmt::format("<div class=\"gap\">{}</div>\n", plural(lines, "unchanged line", "unchanged lines"));
}

std::string hunk_blocks(const DiffHunk& hunk, const Sides& sides, std::size_t& left) {
  std::string out;
  std::vector<DiffLine> stretch;
  bool changed = false;
  const auto flush = [&] {
    if (!stretch.empty()) out += diff_block(stretch, changed, sides);
    stretch.clear();
  };
  for (const DiffLine& line : hunk.lines) {
    if (left == 0) break;
    --left;
    const bool now = line.kind != DiffLine::Kind::same;
    if (now != changed) flush();
    changed = now;
    stretch.push_back(line);
  }
  flush();
  return out;
}

object diff(const std::string& before, const std::string& after) {
  const DiffHunks all = hunks(diff_lines(before, after));
  const Sides sides(before, after);
  std::string blocks;
  std::size_t left = most_diff_lines;
  for (const DiffHunk& h : all.hunks) {
    if (left == 0) break;
    if (h.skipped_before) blocks += gap(h.skipped_before);
    blocks += hunk_blocks(h, sides, left);
  }
  if (all.skipped_after && left > 0 && !all.hunks.empty()) blocks += gap(all.skipped_after);
  return object{{"same", all.hunks.empty()},
                {"added", grouped(all.added)},
                {"removed", grouped(all.removed)},
                {"blocks", blocks},
                {"cut", left == 0}};
}

object step(const LineageStep& s) {
  return object{{"id", s.candidate.id},
                {"op", s.candidate.op},
                {"why", fit(s.candidate.why, 160)},
                {"score", s.score > 0 ? ratio_text(s.score) + " screened" : "not judged"},
                {"champion", s.champion},
                {"has_tries", s.children > 1},
                {"tries", grouped(s.children)}};
}

}  // namespace

// What a run built and ran is source and parameter values; the source with its plan, chosen values as defaults, is what
// a person takes away.
object winner(const RunData& run) {
  const Candidate& w = *run.winner;
  bool cut = false;
  const std::string taken = standalone_source(w), source = cut_source(taken, cut);
  list parameters, lineage;
  for (const auto& [key, value] : w.parameters) parameters.push_back(object{{"name", key}, {"value", text(value)}});
  // A long way is told by its beginning and its end.
  const std::size_t n = run.lineage.size(), skip = n > most_steps ? n - most_steps : 0;
  for (std::size_t i = 0; i < n; ++i)
    if (i == 0 || i > skip) lineage.push_back(step(run.lineage[i]));
  const bool differs = run.seed && run.seed->source && w.source && run.seed->id != w.id;
  object view{{"id", w.id},
              {"certified", run.summary.certified.has_value()},
              {"file", "winner." + std::string(extension(w.dialect))},
              {"op", w.op},
              {"flags", join(w.flags, " ")},
              {"has_flags", !w.flags.empty()},
              {"compiler", w.compiler},
              {"has_compiler", !w.compiler.empty()},
              {"parameters", parameters},
              {"has_parameters", !parameters.empty()},
              {"lineage", lineage},
              {"has_lineage", n > 1},
              {"origin", n ? run.lineage.front().candidate.op : ""},
              {"has_left_out", skip > 0},
              {"left_out", plural(std::int64_t(skip), "step", "steps")},
              {"steps", plural(std::int64_t(n) - 1, "step", "steps")},
              {"source", highlight(source)},
              {"lines", plural(std::ranges::count(source, '\n'), "line", "lines")},
              {"cut", cut},
              {"has_diff", differs}};
  if (differs) view["diff"] = diff(*run.seed->source, taken);
  return view;
}

}  // namespace ridge::view
