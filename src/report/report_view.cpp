#include "report/internal/report_view.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "report/chart.h"
#include "report/diff.h"
#include "report/format.h"
#include "report/highlight.h"

namespace ridge {
namespace {

using kainjow::mustache::data;
using kainjow::mustache::list;
using kainjow::mustache::object;

constexpr int kWide = 880, kNarrow = 340;
constexpr std::size_t kMostSource = 60'000, kMostRows = 40, kMostDiffLines = 1500;

// ---- the verdict ----

std::string task_leaf(const std::string& id) {
  return id.substr(id.find_last_of('/') + 1);
}

std::string started_text(const std::string& wall) {
  return wall.size() >= 16 && wall[10] == 'T' ? wall.substr(0, 10) + " " + wall.substr(11, 5) + " UTC" : wall;
}

std::size_t hidden_right(const Summary::Certified& c) {
  return std::size_t(
      std::count_if(c.hidden.begin(), c.hidden.end(), [](const auto& w) { return w.verdict == Verdict::ok; }));
}

std::string plural(std::int64_t n, const std::string& one, const std::string& many) {
  return fmt::format("{} {}", grouped(n), n == 1 ? one : many);
}

// Follows the large factor on the page, as the rest of its sentence.
std::string verdict_sentence(const RunData& run) {
  const Summary& s = run.summary;
  const std::string task = task_leaf(s.task);
  if (!s.certified)
    return run.finished
               ? fmt::format("No kernel for {} on {} could be claimed to be faster than the seed.", task, s.device)
               : fmt::format("The search for a faster {} has not ended.", task);
  const auto& c = *s.certified;
  std::string out = fmt::format("as fast as the seed: {} on {}, confirmed in {}", task, s.device,
                                plural(c.processes, "fresh process", "fresh processes"));
  if (!c.hidden.empty())
    out += fmt::format(" and right on {} of {} hidden workloads", hidden_right(c), c.hidden.size());
  return out + ".";
}

std::string proof_sentence(const RunData& run) {
  const Summary& s = run.summary;
  if (!s.certified) {
    std::string why = s.why_not;
    if (why.empty()) return why;
    if (why.front() >= 'a' && why.front() <= 'z') why.front() = char(why.front() - 'a' + 'A');
    return why.back() == '.' ? why : why + ".";
  }
  const auto& c = *s.certified;
  return fmt::format(
      "With {:.0f} % confidence the factor lies between {:.3g} and {:.3g}. It comes from a measurement of its own "
      "after the search, "
      "on {}, so a lucky sample during the search cannot have made it.",
      c.speedup.level * 100, c.speedup.lower, c.speedup.upper,
      plural(c.draws, "fresh draw of inputs", "fresh draws of inputs"));
}

list facts_of(const RunData& run) {
  const Summary& s = run.summary;
  list facts;
  const auto add = [&](const char* label, const std::string& value) {
    if (!value.empty()) facts.push_back(object{{"label", label}, {"value", value}});
  };
  add("judged", grouped(s.evaluations));
  add("right", grouped(run.ok));
  if (s.duplicates) add("duplicates", grouped(s.duplicates));
  add("wall time", duration_text(s.cost.wall_s));
  add("ended by", s.stopped_by.empty() ? "not ended" : s.stopped_by);
  add("policy", s.policy);
  add("random seed", std::to_string(s.seed));
  return facts;
}

// ---- times ----

struct WorkloadRow {
  std::string name, before, after, interval, roofline;
  bool hidden = false;
};

// Without a certificate the screening times of seed and best are shown, and the page says that they are no more than
// that.
std::vector<WorkloadRow> screened_rows(const RunData& run) {
  std::vector<WorkloadRow> rows;
  if (!run.seed_evaluation || !run.winner_evaluation) return rows;
  for (const auto& w : run.winner_evaluation->workloads) {
    const auto& all = run.seed_evaluation->workloads;
    const auto seed = std::find_if(all.begin(), all.end(), [&](const auto& x) { return x.name == w.name; });
    if (seed == all.end() || !seed->timing || !w.timing) continue;
    rows.push_back({w.name, human_seconds(seed->timing->median), human_seconds(w.timing->median),
                    ratio_text(seed->timing->median / w.timing->median), w.roofline ? roofline_text(*w.roofline) : "–",
                    false});
  }
  return rows;
}

std::vector<WorkloadRow> time_rows(const RunData& run) {
  if (!run.summary.certified) return screened_rows(run);
  std::vector<WorkloadRow> rows;
  for (const auto& w : run.summary.certified->workloads)
    rows.push_back({w.name, human_seconds(w.seed_seconds), human_seconds(w.best_seconds), interval_text(w.ratio),
                    w.roofline ? roofline_text(*w.roofline) : "–", false});
  return rows;
}

std::string binding_text(const std::map<std::string, Number>& binding) {
  std::string out;
  for (const auto& [symbol, value] : binding)
    out += fmt::format("{}{} = {}", out.empty() ? "" : ", ", symbol,
                       value.is_integer() ? value.text() : fmt::format("{:.4g}", value.real()));
  return out;
}

std::vector<SpeedupBar> bars_of(const Summary& s) {
  std::vector<SpeedupBar> bars;
  if (!s.certified) return bars;
  const auto& c = *s.certified;
  bars.push_back({"all workloads", "weighted geometric mean", c.speedup, true, false});
  for (const auto& w : c.workloads) bars.push_back({w.name, "", w.ratio, false, false});
  for (std::size_t i = 0; i < std::min(c.hidden.size(), c.hidden_ratios.size()); ++i)
    bars.push_back({c.hidden[i].name, binding_text(c.hidden[i].binding), c.hidden_ratios[i], false, true});
  if (bars.size() > kMostRows) bars.resize(kMostRows);
  return bars;
}

object times_view(const RunData& run) {
  list rows, baselines;
  for (const WorkloadRow& r : time_rows(run))
    rows.push_back(object{{"name", r.name},
                          {"before", r.before},
                          {"after", r.after},
                          {"interval", r.interval},
                          {"roofline", r.roofline}});
  if (run.summary.certified)
    for (const auto& [baseline, ratio] : run.summary.certified->baselines)
      baselines.push_back(object{{"name", baseline},
                                 {"ratio", interval_text(ratio)},
                                 {"says", ratio.lower > 1   ? "faster than it"
                                          : ratio.upper < 1 ? "slower than it"
                                                            : "no clear difference"}});
  const auto bars = bars_of(run.summary);
  bool above = false, hidden = false;
  if (run.summary.certified) {
    for (const auto& w : run.summary.certified->workloads) above = above || (w.roofline && w.roofline->fraction > 1);
    hidden = !run.summary.certified->hidden_ratios.empty();
  }
  return object{{"rows", rows},
                {"has_rows", !rows.empty()},
                {"has_baselines", !baselines.empty()},
                {"baselines", baselines},
                {"has_bars", !bars.empty()},
                {"has_hidden_bars", hidden},
                {"bars_wide", bars.empty() ? "" : speedup_chart(bars, kWide)},
                {"bars_narrow", bars.empty() ? "" : speedup_chart(bars, kNarrow)},
                {"only_screened", !run.summary.certified.has_value()},
                {"level", percent_text(run.summary.certified ? run.summary.certified->speedup.level : 0.95)},
                {"above_one", above}};
}

// ---- the check ----

std::string share_text(const WorkloadResult& w) {
  return w.tolerance > 0 ? percent_text(w.worst_error / w.tolerance) : "–";
}

void add_checks(list& rows, const std::vector<WorkloadResult>& workloads, const char* when) {
  for (const auto& w : workloads) {
    if (rows.size() >= kMostRows) return;
    const bool right = w.verdict == Verdict::ok;
    rows.push_back(object{
        {"when", when},
        {"name", w.name},
        {"binding", binding_text(w.binding)},
        {"draws", grouped(w.draws)},
        {"error", error_text(w.worst_error)},
        {"tolerance", error_text(w.tolerance)},
        {"share", share_text(w)},
        {"right", right},
        {"verdict",
         right ? "right"
               : words(name(w.verdict)) + (w.reason == Reason::none ? "" : ": " + std::string(describe(w.reason)))}});
  }
}

object checks_view(const RunData& run) {
  list rows;
  std::int64_t draws = 0;
  const auto count = [&](const std::vector<WorkloadResult>& all) {
    for (const auto& w : all) draws += w.draws;
  };
  if (run.winner_evaluation) {
    add_checks(rows, run.winner_evaluation->workloads, "screening");
    count(run.winner_evaluation->workloads);
  }
  if (run.confirmation) {
    add_checks(rows, run.confirmation->workloads, "confirmation");
    count(run.confirmation->workloads);
  }
  std::vector<WorkloadResult> hidden;
  if (run.summary.certified)
    hidden = run.summary.certified->hidden;
  else if (!run.gate.empty())
    hidden = run.gate.back().workloads;
  add_checks(rows, hidden, "gate");
  count(hidden);
  const int attempts = run.summary.certified ? run.summary.certified->gate_attempts : int(run.gate.size());
  std::string sentence =
      draws == 0 ? "There is no best candidate whose checks could be shown."
                 : fmt::format(
                       "Every output of the kernel was compared with the double-precision reference on {}. "
                       "Inputs and scalars came from secret seeds; no process that was timed saw an input twice.",
                       plural(draws, "draw", "draws"));
  if (attempts > 0)
    sentence +=
        fmt::format(" The hidden workloads were drawn after the search had ended, at the {} of at most three attempts.",
                    attempts == 1   ? "first"
                    : attempts == 2 ? "second"
                                    : "third");
  return object{{"sentence", sentence}, {"rows", rows}, {"has_rows", !rows.empty()}};
}

// ---- the search ----

object progress_view(const RunData& run) {
  list rows;
  const std::size_t n = run.promotions.size(), from = n > 12 ? n - 12 : 0;
  for (std::size_t i = from; i < n; ++i) {
    const PromotionMark& p = run.promotions[i];
    rows.push_back(object{{"time", fmt::format("{:.1f} s", p.elapsed_s)},
                          {"score", ratio_text(p.score)},
                          {"ratio", p.over_champion ? interval_text(p.ratio) : "–"},
                          {"op", p.op},
                          {"why", fit(p.why, 160)},
                          {"demoted", p.demoted}});
  }
  list operators;
  for (std::size_t i = 0; i < std::min(run.operators.size(), kMostRows); ++i) {
    const OperatorCount& o = run.operators[i];
    operators.push_back(object{{"op", o.op},
                               {"made", grouped(o.made)},
                               {"judged", grouped(o.judged)},
                               {"ok", grouped(o.ok)},
                               {"promoted", grouped(o.promoted)}});
  }
  return object{{"has_curve", !run.judged.empty()},
                {"curve_wide", progress_chart(run, kWide)},
                {"curve_narrow", progress_chart(run, kNarrow)},
                {"has_promotions", !rows.empty()},
                {"promotions", rows},
                {"earlier_promotions", from > 0 ? grouped(std::int64_t(from)) : ""},
                {"has_earlier", from > 0},
                {"has_operators", !operators.empty()},
                {"operators", operators}};
}

// ---- the winner ----

std::string cut_source(const std::string& source, bool& cut) {
  cut = source.size() > kMostSource;
  if (!cut) return source;
  std::size_t at = source.rfind('\n', kMostSource);
  // Inside one long line: step back to the beginning of a character.
  if (at == std::string::npos)
    for (at = kMostSource; at > 0 && (static_cast<unsigned char>(source[at]) & 0xC0) == 0x80;) --at;
  return source.substr(0, at);
}

object diff_line(const DiffLine& line) {
  const char* kind = line.kind == DiffLine::Kind::added ? "add" : line.kind == DiffLine::Kind::removed ? "del" : "same";
  const char* sign = line.kind == DiffLine::Kind::added ? "+" : line.kind == DiffLine::Kind::removed ? "−" : "";
  return object{{"gap", false},
                {"kind", kind},
                {"sign", sign},
                {"old", line.old_line ? std::to_string(line.old_line) : ""},
                {"new", line.new_line ? std::to_string(line.new_line) : ""},
                {"text", fit(line.text, 400)}};
}

object diff_gap(int lines) {
  return object{{"gap", plural(lines, "unchanged line", "unchanged lines")}};
}

object diff_view(const std::string& before, const std::string& after) {
  const DiffHunks all = hunks(diff_lines(before, after));
  list lines;
  bool cut = false;
  for (const DiffHunk& h : all.hunks) {
    if (h.skipped_before) lines.push_back(diff_gap(h.skipped_before));
    for (const DiffLine& line : h.lines) {
      cut = lines.size() >= kMostDiffLines;
      if (cut) break;
      lines.push_back(diff_line(line));
    }
    if (cut) break;
  }
  if (all.skipped_after && !cut && !all.hunks.empty()) lines.push_back(diff_gap(all.skipped_after));
  return object{{"same", all.hunks.empty()},
                {"added", grouped(all.added)},
                {"removed", grouped(all.removed)},
                {"lines", lines},
                {"cut", cut}};
}

// What a run built and ran is source and parameter values; the source with its plan is what a person takes away.
object winner_view(const RunData& run) {
  const Candidate& w = *run.winner;
  bool cut = false;
  const std::string source = w.source ? cut_source(*w.source, cut) : "";
  list parameters, lineage;
  for (const auto& [key, value] : w.parameters) parameters.push_back(object{{"name", key}, {"value", text(value)}});
  for (const Candidate& c : run.lineage)
    lineage.push_back(object{{"id", c.id}, {"op", c.op}, {"why", fit(c.why, 160)}});
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
              {"has_lineage", lineage.size() > 1},
              {"lineage_is_short", lineage.size() <= 8},
              {"steps", plural(std::int64_t(lineage.size()) - 1, "step", "steps")},
              {"plan", w.plan ? to_toml(*w.plan) : ""},
              {"has_plan", bool(w.plan)},
              {"source", highlight(source)},
              {"lines", plural(std::count(source.begin(), source.end(), '\n'), "line", "lines")},
              {"cut", cut},
              {"has_diff", differs}};
  if (differs) view["diff"] = diff_view(*run.seed->source, *w.source);
  return view;
}

// ---- failures, noise, environment, commands ----

object failures_view(const RunData& run) {
  list rows, skipped;
  std::int64_t total = 0, most = 1;
  for (const FailureRow& f : run.failures) {
    total += f.count;
    most = std::max(most, f.count);
  }
  for (std::size_t i = 0; i < std::min(run.failures.size(), kMostRows); ++i) {
    const FailureRow& f = run.failures[i];
    rows.push_back(object{{"verdict", words(name(f.verdict))},
                          {"reason", f.reason == Reason::none ? "" : std::string(describe(f.reason))},
                          {"count", grouped(f.count)},
                          {"width", fmt::format("{:.1f}", 100.0 * double(f.count) / double(most))},
                          {"example", printable(f.example, 600)},
                          {"has_example", !f.example.empty()}});
  }
  for (const auto& [reason, count] : run.considered)
    if (skipped.size() < kMostRows) skipped.push_back(object{{"reason", words(reason)}, {"count", grouped(count)}});
  return object{{"any", !rows.empty()},
                {"rows", rows},
                {"total", grouped(total)},
                {"share", percent_text(run.summary.evaluations ? double(total) / double(run.summary.evaluations) : 0)},
                {"has_skipped", !skipped.empty()},
                {"skipped", skipped}};
}

object noise_view(const RunData& run) {
  list rows;
  for (const NoiseRow& n : run.noise)
    rows.push_back(object{{"purpose", words(n.purpose)},
                          {"duels", grouped(n.duels)},
                          {"blocks", grouped(n.blocks)},
                          {"dropped", grouped(n.dropped)},
                          {"voided", grouped(n.voided)},
                          {"processes", n.processes ? grouped(n.processes) : "–"},
                          {"sigma", n.sigma_median > 0 ? percent_text(n.sigma_median) : "–"},
                          {"worst", n.sigma_worst > 0 ? percent_text(n.sigma_worst) : "–"}});
  return object{{"any", !rows.empty()}, {"rows", rows}};
}

list environment_view(const RunData& run) {
  list rows;
  const auto spaced = [](std::string key) {
    std::replace(key.begin(), key.end(), '.', ' ');
    return words(key);
  };
  for (const auto& [key, value] : run.environment)
    rows.push_back(object{{"key", spaced(key)}, {"value", printable(value, 400)}});
  return rows;
}

list costs_view(const Summary::Cost& cost) {
  list rows;
  const double total = std::max(cost.wall_s, 1e-9);
  const auto add = [&](const char* label, double seconds) {
    rows.push_back(object{{"label", label},
                          {"value", fmt::format("{:.1f} s", seconds)},
                          {"share", fmt::format("{:.1f}", std::clamp(100 * seconds / total, 0.0, 100.0))}});
  };
  add("compiling", cost.compile_s);
  add("running kernels", cost.kernel_s);
  add("drawing inputs and checking", cost.draw_check_s);
  add("the search itself", cost.own_s);
  return rows;
}

// Names come from folders and may hold anything: what a shell could misread is quoted.
std::string shell_word(const std::string& word) {
  const bool plain = !word.empty() &&
                     word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=,+-") ==
                         std::string::npos;
  if (plain) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

list commands_view(const RunData& run) {
  const Summary& s = run.summary;
  list rows;
  const auto add = [&](const char* what, const std::string& line) {
    rows.push_back(object{{"what", what}, {"line", line}});
  };
  std::string search = fmt::format("ridgeline search {} --device {} --policy {} --seed {}", shell_word(s.task),
                                   shell_word(s.device), shell_word(s.policy), s.seed);
  for (const auto& [key, value] : run.policy_settings) search += " --policy-set " + shell_word(key + "=" + value);
  if (run.budget_wall_s > 0) search += fmt::format(" --budget {:g}s", run.budget_wall_s);
  if (run.budget_evaluations > 0) search += fmt::format(" --evaluations {}", run.budget_evaluations);
  add("Search again, with the same decisions as far as times allow", search);
  if (run.winner && s.certified) {
    std::string check = fmt::format("ridgeline check {} {}", shell_word(s.task),
                                    shell_word(run.folder + (run.folder.empty() ? "" : "/") + "winner." +
                                               std::string(extension(run.winner->dialect))));
    if (s.device != "cpu") check += " --device " + shell_word(s.device);
    add("Judge the winner on this machine", check);
  }
  if (!run.folder.empty()) {
    if (!s.certified) add("Go on searching", "ridgeline resume " + shell_word(run.folder) + " --budget 60s");
    add("Write this page again", "ridgeline report " + shell_word(run.folder));
  }
  return rows;
}

}  // namespace

data report_view(const RunData& run) {
  const Summary& s = run.summary;
  const bool certified = s.certified.has_value();
  list notes;
  for (const std::string& n : run.notes) notes.push_back(object{{"text", printable(n, 400)}});
  object view{
      {"page_title", certified ? fmt::format("{}: {}", task_leaf(s.task), ratio_text(s.certified->speedup.estimate))
                               : task_leaf(s.task)},
      {"task", s.task},
      {"device", s.device},
      {"started", started_text(run.started)},
      {"certified", certified},
      {"factor", certified ? ratio_text(s.certified->speedup.estimate) : ""},
      {"verdict", verdict_sentence(run)},
      {"proof", proof_sentence(run)},
      {"facts", facts_of(run)},
      {"times", times_view(run)},
      {"checks", checks_view(run)},
      {"progress", progress_view(run)},
      {"has_winner", run.winner.has_value()},
      {"failures", failures_view(run)},
      {"noise", noise_view(run)},
      {"costs", costs_view(s.cost)},
      {"has_environment", !run.environment.empty()},
      {"environment", environment_view(run)},
      {"commands", commands_view(run)},
      {"resumed", run.resumed ? plural(run.resumed, "time", "times") : ""},
      {"was_resumed", run.resumed > 0},
      {"has_notes", !notes.empty()},
      {"notes", notes}};
  if (run.winner) view["winner"] = winner_view(run);
  return view;
}

}  // namespace ridge
