#include <kainjow/mustache.hpp>

#include "base/text.h"
#include "report/format.h"
#include "report/highlight.h"
#include "report/internal/bench_view.h"
#include "report/internal/bench_words.h"
#include "report/internal/embedded.h"

namespace ridge {
namespace {

using Rows = kainjow::mustache::list;
using Row = kainjow::mustache::object;

Row row(const BenchResults& r, const BenchCell& c, const BenchWorkload* w) {
  const bool policy = r.spec.policies.size() > 1, seed = r.spec.seeds > 1;
  if (w)
    return Row{{"first", false},
               {"task", ""},
               {"show_policy", policy},
               {"policy", ""},
               {"show_seed", seed},
               {"seed", ""},
               {"workload", printable(w->name)},
               {"before", human_seconds(w->seed_s)},
               {"after", human_seconds(w->best_s)},
               {"speedup", bench_ratio_words(*w)},
               {"roofline", w->roofline ? roofline_text(*w->roofline) : "–"},
               {"held_out", ""},
               {"judged", ""},
               {"time", ""}};
  return Row{{"first", true},
             {"task", c.task},
             {"show_policy", policy},
             {"policy", c.policy},
             {"show_seed", seed},
             {"seed", std::to_string(c.seed)},
             {"workload", ""},
             {"before", ""},
             {"after", ""},
             {"speedup", bench_claim_words(c)},
             {"roofline", ""},
             {"held_out", bench_held_out_words(c)},
             {"judged", grouped(c.evaluations)},
             {"time", c.seconds > 0 ? duration_text(c.seconds) : ""}};
}

}  // namespace

kainjow::mustache::data bench_view(const BenchResults& r) {
  Rows rows, winners, sentences, environment;
  for (const BenchCell& c : r.cells) {
    rows.push_back(row(r, c, nullptr));
    for (const BenchWorkload& w : c.workloads) rows.push_back(row(r, c, &w));
    if (c.claim)
      winners.push_back(Row{{"task", c.task}, {"run", c.run}, {"parameters", c.winner.empty() ? "–" : c.winner}});
  }
  for (const std::string& s : bench_sentences(r)) sentences.push_back(Row{{"text", s}});
  for (const auto& [key, value] : r.environment) environment.push_back(Row{{"key", key}, {"value", value}});
  const bool has_winners = !winners.empty();
  return Row{
      {"page_title", fmt::format("{} on {}", r.spec.suite, r.spec.device)},
      // The report's own style, so that the two look alike without a second copy.
      {"style", embedded::report_style},
      {"suite", r.spec.suite},
      {"device", r.spec.device},
      {"budget", r.spec.evaluations > 0 ? fmt::format("{} evaluations", grouped(r.spec.evaluations))
                                        : duration_text(r.spec.budget_s)},
      {"started", r.started},
      {"headline", fmt::format("{}: {} tasks, searched on {}", r.spec.suite, r.spec.tasks.size(), r.spec.device)},
      {"sentences", std::move(sentences)},
      {"show_policy", r.spec.policies.size() > 1},
      {"show_seed", r.spec.seeds > 1},
      {"rows", std::move(rows)},
      {"has_winners", has_winners},
      {"winners", std::move(winners)},
      {"environment", std::move(environment)}};
}

std::string bench_html(const BenchResults& results) {
  kainjow::mustache::mustache page{std::string(embedded::bench_template)};
  page.set_custom_escape([](const std::string& text) { return escape_html(text); });
  RIDGE_CHECK(page.is_valid(), page.error_message());
  return page.render(bench_view(results));
}

}  // namespace ridge
