#include <algorithm>

#include "measure/decide.h"
#include "report/chart.h"
#include "report/format.h"
#include "report/internal/report_view.h"
#include "report/internal/svg.h"

namespace ridge::view {
namespace {

constexpr std::size_t most_values = 200;

list costs(const Summary::Cost& cost) {
  list rows;
  const double total = std::max({cost.compile_s + cost.kernel_s + cost.draw_check_s + cost.own_s, 1e-9});
  const auto add = [&](const char* label, double seconds) {
    rows.push_back(
        object{{"label", label}, {"value", fmt::format("{:.1f} s", seconds)}, {"meter", svg::meter(seconds / total)}});
  };
  add("compiling", cost.compile_s);
  add("running kernels", cost.kernel_s);
  add("drawing inputs and checking", cost.draw_check_s);
  add("the search itself", cost.own_s);
  return rows;
}

std::string purpose_words(const std::string& purpose) {
  if (purpose == "promote") return "promote a challenger";
  if (purpose == "select") return "choose among finalists";
  if (purpose == "claim") return "claim against the seed";
  if (purpose == "baseline") return "compare with a baseline";
  if (purpose == "sentinel") return "watch: the champion against itself";
  return words(purpose);
}

// σ_p, what two processes of one kernel differ by, as far as the run knows it.
std::string process_sentence(const RunData& run) {
  if (run.sigma_p > 0)
    return fmt::format("Two processes of one kernel differ by σ_p = {} here, so a claim has to be beyond {}.",
                       percent_text(run.sigma_p), percent_text(measure::claim_margin(run.sigma_p)));
  return "What two processes of one kernel differ by (σ_p) was not calibrated in this run; instead each block of a "
         "claim has a pair of processes of its own, so its σ holds both, and a claim has to be beyond a margin of 1 %.";
}

std::string dropped_sentence(const RunData& run) {
  std::int64_t dropped = 0, blocks = 0, voided = 0;
  for (const NoiseRow& n : run.noise) dropped += n.dropped, blocks += n.blocks, voided += n.voided;
  std::string out = dropped ? fmt::format(
                                  "{} of {} dropped, both sides together, because the processor's clock "
                                  "changed within the block (or a time was none).",
                                  grouped(dropped), plural(blocks, "block was", "blocks were"))
                            : "No block had to be dropped.";
  if (voided)
    out += fmt::format(" {} voided: too many blocks were dropped, so it decided nothing.",
                       plural(voided, "duel was", "duels were"));
  return out;
}

}  // namespace

object progress(const RunData& run) {
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
  for (std::size_t i = 0; i < std::min(run.operators.size(), most_rows); ++i) {
    const OperatorCount& o = run.operators[i];
    operators.push_back(object{{"op", o.op},
                               {"made", grouped(o.made)},
                               {"judged", grouped(o.judged)},
                               {"ok", grouped(o.ok)},
                               {"promoted", grouped(o.promoted)}});
  }
  const auto best = std::ranges::max_element(run.judged, {}, &CurvePoint::score);
  const std::string caption =
      run.judged.empty()
          ? ""
          : fmt::format("Screened speed-up over the seed of {}, the best {} after {}; {}.",
                        plural(std::int64_t(run.judged.size()), "right candidate", "right candidates"),
                        ratio_text(best->score), duration_text(best->elapsed_s),
                        plural(std::int64_t(run.promotions.size()), "promotion by duel", "promotions by duel"));
  return object{{"has_curve", !run.judged.empty()},
                {"caption", caption},
                {"curve_wide", progress_chart(run, wide)},
                {"curve_narrow", progress_chart(run, narrow)},
                {"has_promotions", !rows.empty()},
                {"promotions", rows},
                {"earlier_promotions", from > 0 ? grouped(std::int64_t(from)) : ""},
                {"has_earlier", from > 0},
                {"has_operators", !operators.empty()},
                {"operators", operators}};
}

object effects(const Effects& all) {
  list rows, values;
  std::size_t left_out = 0;
  for (const ParameterEffect& p : all.parameters) {
    if (rows.size() >= most_rows) break;
    rows.push_back(object{{"name", p.name},
                          {"chosen", p.chosen},
                          {"alone", p.groups ? ratio_text(p.matched) : "–"},
                          {"alone_v", fmt::format("{:.6g}", p.matched)},
                          {"groups", grouped(p.groups)},
                          {"share", percent_text(p.explained)},
                          {"share_v", fmt::format("{:.6g}", p.explained)},
                          {"meter", svg::meter(p.explained)}});
    for (const ValueEffect& v : p.values) {
      if (values.size() >= most_values) {
        ++left_out;
        continue;
      }
      values.push_back(object{{"name", p.name},
                              {"value", v.value},
                              {"chosen", v.chosen},
                              {"count", grouped(v.count)},
                              {"failed", grouped(v.failed)},
                              {"median", v.count ? ratio_text(v.median) : "–"},
                              {"median_v", fmt::format("{:.6g}", v.median)},
                              {"best", v.count ? ratio_text(v.best) : "–"},
                              {"best_v", fmt::format("{:.6g}", v.best)}});
    }
  }
  // The picture shows those that mattered; the table all.
  std::vector<ParameterEffect> shown(
      all.parameters.begin(), all.parameters.begin() + std::ptrdiff_t(std::min<std::size_t>(all.parameters.size(), 8)));
  const std::string plot = effects_chart(shown, wide);
  std::string observed = plural(all.right, "right candidate", "right candidates");
  if (all.failed) observed += fmt::format(" and {}", plural(all.failed, "failed one", "failed ones"));
  return object{{"observed", observed},
                {"rows", rows},
                {"has_plot", !plot.empty()},
                {"plot_wide", plot},
                {"plot_narrow", effects_chart(shown, narrow)},
                {"values", values},
                {"values_cut", left_out ? data(grouped(std::int64_t(left_out))) : data(false)}};
}

object failures(const RunData& run) {
  list rows, skipped;
  std::int64_t total = 0, most = 1;
  for (const FailureRow& f : run.failures) {
    total += f.count;
    most = std::max(most, f.count);
  }
  for (std::size_t i = 0; i < std::min(run.failures.size(), most_rows); ++i) {
    const FailureRow& f = run.failures[i];
    rows.push_back(object{{"verdict", words(name(f.verdict))},
                          {"reason", f.reason == Reason::none ? "" : std::string(describe(f.reason))},
                          {"count", grouped(f.count)},
                          {"meter", svg::meter(double(f.count) / double(most))},
                          {"example", printable(f.example, 600)},
                          {"has_example", !f.example.empty()}});
  }
  for (const auto& [reason, count] : run.considered)
    if (skipped.size() < most_rows) skipped.push_back(object{{"reason", words(reason)}, {"count", grouped(count)}});
  return object{{"any", !rows.empty()},
                {"rows", rows},
                {"total", plural(total, "candidate", "candidates")},
                {"has_more", run.failures.size() > most_rows},
                {"more", run.failures.size() > most_rows ? grouped(std::int64_t(run.failures.size() - most_rows)) : ""},
                {"share", percent_text(run.summary.evaluations ? double(total) / double(run.summary.evaluations) : 0)},
                {"has_skipped", !skipped.empty()},
                {"skipped", skipped}};
}

object noise(const RunData& run) {
  list rows;
  for (const NoiseRow& n : run.noise)
    rows.push_back(object{{"purpose", purpose_words(n.purpose)},
                          {"duels", grouped(n.duels)},
                          {"blocks", grouped(n.blocks)},
                          {"dropped", grouped(n.dropped)},
                          {"voided", grouped(n.voided)},
                          {"looks", grouped(n.looks)},
                          {"processes", n.processes ? grouped(n.processes) : "–"},
                          {"sigma", n.sigma_median > 0 ? percent_text(n.sigma_median) : "–"},
                          {"worst", n.sigma_worst > 0 ? percent_text(n.sigma_worst) : "–"}});
  return object{{"any", !rows.empty()},
                {"rows", rows},
                {"process_sentence", process_sentence(run)},
                {"dropped_sentence", dropped_sentence(run)},
                {"wall", duration_text(run.summary.cost.wall_s)},
                {"costs", costs(run.summary.cost)}};
}

}  // namespace ridge::view
