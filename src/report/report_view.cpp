#include "report/internal/report_view.h"

#include "report/format.h"
#include "report/internal/embedded.h"

namespace ridge {
namespace view {

std::string plural(std::int64_t n, const std::string& one, const std::string& many) {
  return fmt::format("{} {}", grouped(n), n == 1 ? one : many);
}

std::string task_leaf(const std::string& id) {
  return id.substr(id.find_last_of('/') + 1);
}

std::string binding_text(const std::map<std::string, Number>& binding) {
  std::string out;
  for (const auto& [symbol, value] : binding)
    out += fmt::format("{}{} = {}", out.empty() ? "" : ", ", symbol,
                       value.is_integer() ? value.text() : fmt::format("{:.4g}", value.real()));
  return out;
}

namespace {

std::string started_text(const std::string& wall) {
  return wall.size() >= 16 && wall[10] == 'T' ? wall.substr(0, 10) + " " + wall.substr(11, 5) + " UTC" : wall;
}

// The sections that this run's page has, in their order on it.
list contents(const RunData& run, bool has_effects) {
  list out;
  const auto add = [&](bool there, const char* anchor, const char* title) {
    if (there) out.push_back(object{{"anchor", anchor}, {"title", title}});
  };
  add(true, "certificate", "Certificate");
  add(true, "times", "Before and after");
  add(!run.work.empty(), "roofline", "Roofline");
  add(has_counters(run), "counters", "Counters");
  add(true, "checks", "Checks");
  add(true, "search", "Search");
  add(has_effects, "parameters", "Parameters");
  add(run.winner.has_value(), "winner", run.summary.certified ? "Winner and diff" : "Best and diff");
  add(true, "failures", "Failures");
  add(true, "noise", "Noise and cost");
  add(true, "again", "Run it again");
  add(!run.environment.empty(), "environment", "Environment");
  add(!run.notes.empty(), "notes", "Notes");
  return out;
}

}  // namespace
}  // namespace view

kainjow::mustache::data report_view(const RunData& run) {
  using view::list;
  using view::object;
  const Summary& s = run.summary;
  const bool certified = s.certified.has_value(), has_effects = !run.effects.parameters.empty();
  list notes;
  for (const std::string& n : run.notes) notes.push_back(object{{"text", printable(n, 400)}});
  object page{{"policy", view::content_policy()},
              {"style", embedded::report_style},
              {"script", embedded::report_script},
              {"page_title",
               certified ? fmt::format("{}: {}", view::task_leaf(s.task), ratio_text(s.certified->speedup.estimate))
                         : view::task_leaf(s.task)},
              {"task", s.task},
              {"device", s.device},
              {"started", view::started_text(run.started)},
              {"certified", certified},
              {"factor", certified ? ratio_text(s.certified->speedup.estimate) : ""},
              {"verdict", view::verdict_sentence(run)},
              {"proof", view::proof_sentence(run)},
              {"facts", view::facts(run)},
              {"contents", view::contents(run, has_effects)},
              {"certificate", view::certificate(run)},
              {"times", view::times(run)},
              {"has_roofline", !run.work.empty()},
              {"roofline", view::roofline(run)},
              {"has_counters", view::has_counters(run)},
              {"counters", view::counters(run)},
              {"checks", view::checks(run)},
              {"progress", view::progress(run)},
              {"has_effects", has_effects},
              {"has_winner", run.winner.has_value()},
              {"failures", view::failures(run)},
              {"noise", view::noise(run)},
              {"has_environment", !run.environment.empty()},
              {"environment", view::environment(run)},
              {"commands", view::commands(run)},
              {"resumed", run.resumed ? view::plural(run.resumed, "time", "times") : ""},
              {"was_resumed", run.resumed > 0},
              {"has_notes", !notes.empty()},
              {"notes", notes}};
  if (has_effects) page["effects"] = view::effects(run.effects);
  if (run.winner) page["winner"] = view::winner(run);
  return page;
}

}  // namespace ridge
