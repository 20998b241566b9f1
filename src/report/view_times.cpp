#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "report/chart.h"
#include "report/format.h"
#include "report/internal/report_view.h"

namespace ridge::view {
namespace {

struct WorkloadRow {
  std::string name, before, after, interval, roofline, cold;
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
                    ""});
  }
  return rows;
}

// Median and quartiles of the calls with cold caches, which only a confirmation makes.
std::string cold_text(const RunData& run, const std::string& workload) {
  if (!run.confirmation || !run.winner || run.confirmation->candidate != run.winner->id) return "";
  for (const WorkloadResult& w : run.confirmation->workloads)
    if (w.name == workload && w.timing && w.timing->mode == "cold") return human_seconds(w.timing->median);
  return "";
}

std::vector<WorkloadRow> time_rows(const RunData& run) {
  if (!run.summary.certified) return screened_rows(run);
  std::vector<WorkloadRow> rows;
  for (const auto& w : run.summary.certified->workloads)
    rows.push_back({w.name, human_seconds(w.seed_seconds), human_seconds(w.best_seconds), interval_text(w.ratio),
                    w.roofline ? roofline_text(*w.roofline) : "–", cold_text(run, w.name)});
  return rows;
}

std::vector<SpeedupBar> bars_of(const Summary& s) {
  std::vector<SpeedupBar> bars;
  if (!s.certified) return bars;
  const auto& c = *s.certified;
  bars.push_back({"all workloads", "weighted geometric mean", c.speedup, true, false, false});
  for (const auto& w : c.workloads) bars.push_back({w.name, "", w.ratio, false, false, false});
  for (std::size_t i = 0; i < std::min(c.hidden.size(), c.hidden_ratios.size()); ++i)
    bars.push_back({c.hidden[i].name, binding_text(c.hidden[i].binding), c.hidden_ratios[i], false, true, false});
  for (const auto& [baseline, ratio] : c.baselines) bars.push_back({"vs " + baseline, "", ratio, false, false, true});
  if (bars.size() > most_rows) bars.resize(most_rows);
  return bars;
}

// Seconds of seed and winner for each workload whose work is known.
struct Pair {
  const WorkFacts* work = nullptr;
  double before = 0, after = 0, floor = 0;
  std::optional<RooflinePoint> roofline;
};

std::vector<Pair> pairs_of(const RunData& run) {
  std::vector<Pair> out;
  const auto screened = [](const std::optional<Evaluation>& e, const std::string& name) -> const WorkloadResult* {
    if (!e) return nullptr;
    const auto at = std::ranges::find_if(e->workloads, [&](const WorkloadResult& w) { return w.name == name; });
    return at == e->workloads.end() ? nullptr : &*at;
  };
  for (const WorkFacts& work : run.work) {
    Pair p;
    p.work = &work;
    if (const WorkloadResult* w = screened(run.winner_evaluation, work.workload)) {
      p.after = w->timing ? w->timing->median : 0;
      p.floor = w->floor_seconds;
      p.roofline = w->roofline;
    }
    if (const WorkloadResult* w = screened(run.seed_evaluation, work.workload); w && w->timing)
      p.before = w->timing->median;
    if (run.summary.certified)
      for (const WorkloadComparison& w : run.summary.certified->workloads)
        if (w.name == work.workload) {
          p.before = w.seed_seconds;
          p.after = w.best_seconds;
          if (w.roofline) p.roofline = w.roofline;
        }
    if (p.after > 0 && out.size() < most_rows) out.push_back(p);
  }
  return out;
}

std::vector<RooflineMark> marks_of(const std::vector<Pair>& pairs) {
  std::vector<RooflineMark> marks;
  for (const Pair& p : pairs) {
    if (!(p.work->flops > 0) || !(p.work->bytes > 0)) continue;
    marks.push_back({p.work->workload, p.work->flops / p.work->bytes, p.before > 0 ? p.work->flops / p.before : 0,
                     p.work->flops / p.after, p.roofline ? p.roofline->fraction : 0,
                     p.roofline ? p.roofline->ceiling : ""});
  }
  return marks;
}

std::string work_text(const WorkFacts& w) {
  std::string out = w.flops > 0 ? count_text(w.flops) + " operations" : "";
  if (w.bytes > 0) out += fmt::format("{}{}", out.empty() ? "" : ", ", human_bytes(w.bytes));
  return out;
}

std::string times_text(double ratio) {
  return (ratio < 999.5 ? fmt::format("{:.3g}", ratio) : grouped(std::llround(ratio))) + " times";
}

std::string reached_text(const Pair& p) {
  if (p.roofline && p.roofline->bound == "memory" && p.work->bytes > 0)
    return human_rate(p.work->bytes / p.after, "B/s");
  return p.work->flops > 0 ? human_rate(p.work->flops / p.after, "FLOP/s") : human_rate(p.work->bytes / p.after, "B/s");
}

std::string share_text(const WorkloadResult& w) {
  return w.tolerance > 0 ? percent_text(w.worst_error / w.tolerance) : "–";
}

void add_checks(list& rows, const std::vector<WorkloadResult>& workloads, const char* when) {
  for (const auto& w : workloads) {
    if (rows.size() >= most_rows) return;
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

}  // namespace

object times(const RunData& run) {
  list rows, baselines, baseline_notes;
  bool cold = false;
  for (const WorkloadRow& r : time_rows(run)) {
    cold = cold || !r.cold.empty();
    rows.push_back(object{{"name", r.name},
                          {"before", r.before},
                          {"after", r.after},
                          {"interval", r.interval},
                          {"roofline", r.roofline},
                          {"cold", r.cold.empty() ? "–" : r.cold}});
  }
  if (run.summary.certified)
    for (const auto& [baseline, ratio] : run.summary.certified->baselines)
      baselines.push_back(object{{"name", baseline},
                                 {"ratio", interval_text(ratio)},
                                 {"says", ratio.lower > 1   ? "faster than it"
                                          : ratio.upper < 1 ? "slower than it"
                                                            : "no clear difference"}});
  if (run.confirmation)
    for (const Diagnostic& d : run.confirmation->diagnostics)
      if (d.stage == "baseline") baseline_notes.push_back(object{{"text", fit(d.text, 300)}});
  const auto bars = bars_of(run.summary);
  const bool hidden = run.summary.certified && !run.summary.certified->hidden_ratios.empty();
  return object{{"rows", rows},
                {"has_rows", !rows.empty()},
                {"has_baselines", !baselines.empty()},
                {"baselines", baselines},
                {"has_bars", !bars.empty()},
                {"has_hidden_bars", hidden},
                {"bars_wide", bars.empty() ? "" : speedup_chart(bars, wide)},
                {"bars_narrow", bars.empty() ? "" : speedup_chart(bars, narrow)},
                {"only_screened", !run.summary.certified.has_value()},
                {"has_cold", cold},
                {"baseline_notes", baseline_notes},
                {"level", percent_text(run.summary.certified ? run.summary.certified->speedup.level : 0.95)}};
}

bool above_convention(const RunData& run) {
  return std::ranges::any_of(pairs_of(run), [](const Pair& p) { return p.roofline && p.roofline->fraction > 1; });
}

object roofline(const RunData& run) {
  const auto pairs = pairs_of(run);
  const auto marks = marks_of(pairs);
  const bool plot = can_draw_roofline(run.ceilings, marks);
  list rows;
  for (const Pair& p : pairs)
    rows.push_back(object{{"name", p.work->workload},
                          {"work", work_text(*p.work)},
                          {"reached", reached_text(p)},
                          {"fraction", p.roofline ? roofline_text(*p.roofline) : "–"},
                          {"floor", p.floor > 0 ? human_seconds(p.floor) : "–"},
                          {"over", p.floor > 0 ? times_text(p.after / p.floor) : "–"}});
  return object{{"has_plot", plot},
                {"plot_wide", plot ? roofline_chart(run.ceilings, marks, wide) : ""},
                {"plot_narrow", plot ? roofline_chart(run.ceilings, marks, narrow) : ""},
                {"has_date", !run.ceilings.date.empty()},
                {"date", run.ceilings.date.substr(0, 10)},
                {"certified", run.summary.certified.has_value()},
                {"above_one", above_convention(run)},
                {"has_rows", !rows.empty()},
                {"rows", rows}};
}

namespace {

struct CountedRow {
  std::string who, name;
  const Counters* counters;
};

std::vector<CountedRow> counted_rows(const RunData& run) {
  std::vector<CountedRow> rows;
  const auto add = [&](const char* who, const std::vector<WorkloadResult>& workloads) {
    for (const WorkloadResult& w : workloads)
      if (w.counters && rows.size() < most_rows) rows.push_back({who, w.name, &*w.counters});
  };
  if (run.seed_evaluation) add("seed", run.seed_evaluation->workloads);
  // A confirmation counts every workload, screening the longest alone.
  const bool confirmed =
      run.confirmation && run.winner && run.confirmation->candidate == run.winner->id &&
      std::ranges::any_of(run.confirmation->workloads, [](const WorkloadResult& w) { return w.counters.has_value(); });
  const char* best = run.summary.certified ? "winner" : "best";
  if (confirmed)
    add(best, run.confirmation->workloads);
  else if (run.winner_evaluation)
    add(best, run.winner_evaluation->workloads);
  return rows;
}

}  // namespace

bool has_counters(const RunData& run) {
  return !counted_rows(run).empty();
}

object counters(const RunData& run) {
  list rows;
  for (const CountedRow& r : counted_rows(run)) {
    const auto value = [&](const char* key) {
      const auto at = r.counters->values.find(key);
      return at == r.counters->values.end() ? std::optional<double>() : at->second;
    };
    const auto percent = [&](const char* key) { return counter_percent(r.counters->values, key); };
    const auto read = value("dram_read_bytes"), written = value("dram_write_bytes");
    rows.push_back(
        object{{"who", r.who},
               {"name", r.name},
               {"moved", read || written ? human_bytes(read.value_or(0) + written.value_or(0)) : "–"},
               {"ratio", r.counters->traffic_ratio > 0 ? fmt::format("{:.3g}", r.counters->traffic_ratio) : "–"},
               {"dram", percent("dram_percent")},
               {"l2", percent("l2_percent")},
               {"l1", percent("l1_percent")},
               {"sm", percent("sm_percent")},
               {"warps", percent("occupancy_percent")},
               {"limit", r.counters->limit.empty() ? "–" : r.counters->limit},
               {"why", fit(r.counters->why, 300)}});
  }
  return object{{"rows", rows}};
}

object checks(const RunData& run) {
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

}  // namespace ridge::view
