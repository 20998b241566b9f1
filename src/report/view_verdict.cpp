#include <algorithm>
#include <cmath>

#include "report/format.h"
#include "report/internal/report_view.h"

namespace ridge::view {
namespace {

std::size_t hidden_right(const Summary::Certified& c) {
  return std::size_t(
      std::count_if(c.hidden.begin(), c.hidden.end(), [](const auto& w) { return w.verdict == Verdict::ok; }));
}

// One line of the certificate: what was asked, and what came of it.
enum class Mark : std::uint8_t { yes, no, open };
object line_of(Mark mark, const char* label, const std::string& text) {
  const char* kind = mark == Mark::yes ? "yes" : mark == Mark::no ? "no" : "open";
  const char* sign = mark == Mark::yes ? "✓" : mark == Mark::no ? "✗" : "–";
  const char* state = mark == Mark::yes ? "holds" : mark == Mark::no ? "does not hold" : "not asked";
  return object{{"kind", kind}, {"sign", sign}, {"state", state}, {"label", label}, {"text", text}};
}

object faster_line(const RunData& run) {
  if (!run.confirmation || !run.confirmation->against_seed)
    return line_of(Mark::open, "Faster", "no candidate came to its confirmation");
  const Confirmation& c = *run.confirmation;
  const DuelRecord& d = *c.against_seed;
  const std::string margin = fmt::format("the margin is {}", percent_text(c.delta));
  if (d.outcome == DuelOutcome::failed) return line_of(Mark::no, "Faster", "a side failed in the duel of the claim");
  if (d.outcome == DuelOutcome::voided) return line_of(Mark::open, "Faster", "the machine was too restless to say");
  return line_of(
      c.claimed ? Mark::yes : Mark::no, "Faster",
      fmt::format("{} over the seed with {:.0f} % confidence, {}; {}, {}", interval_text(d.ratio), d.ratio.level * 100,
                  margin, plural(std::int64_t(d.visits.size()), "block A B B A", "blocks A B B A"),
                  plural(d.looks, "look", "looks")));
}

object nowhere_slower_line(const RunData& run) {
  const auto& c = run.confirmation;
  if (!c || !c->against_seed || c->against_seed->per_workload.empty())
    return line_of(Mark::open, "Nowhere slower", "not measured for each workload");
  const auto& all = c->against_seed->per_workload;
  const auto slower = std::ranges::count_if(all, [](const Interval& i) { return i.upper < 1; });
  const auto least = std::ranges::min_element(all, {}, [](const Interval& i) { return i.estimate; });
  return line_of(slower ? Mark::no : Mark::yes, "Nowhere slower",
                 slower
                     ? fmt::format("{} of {} workloads became slower beyond doubt", slower, all.size())
                     : fmt::format("the least of {} is {}", plural(std::int64_t(all.size()), "workload", "workloads"),
                                   interval_text(*least)));
}

object right_line(const RunData& run) {
  if (!run.confirmation) return line_of(Mark::open, "Right", "no candidate came to its confirmation");
  const Confirmation& c = *run.confirmation;
  double used = 0;
  for (const WorkloadResult& w : c.workloads)
    if (w.tolerance > 0) used = std::max(used, w.worst_error / w.tolerance);
  if (!c.passed)
    return line_of(Mark::no, "Right",
                   c.diagnostics.empty() ? "it failed when it was confirmed" : fit(c.diagnostics.front().text, 300));
  return line_of(
      Mark::yes, "Right",
      fmt::format("every output compared with the double-precision reference on {}; {} of the tolerance used",
                  plural(c.draws, "fresh draw", "fresh draws"), percent_text(used)));
}

object fresh_line(const RunData& run) {
  if (!run.confirmation) return line_of(Mark::open, "Repeated", "no candidate came to its confirmation");
  return line_of(Mark::yes, "Repeated",
                 fmt::format("built anew without a cache and run in {}",
                             plural(run.confirmation->processes, "fresh process", "fresh processes")));
}

// Sanitizers, replays and the like, each of which could have shown that the kernel only seems right.
object examined_line(const RunData& run) {
  if (!run.confirmation || run.confirmation->checks.empty())
    return line_of(Mark::open, "Examined", "by nothing but the comparison of outputs");
  std::string held, failed, missing;
  const auto add = [](std::string& list, const std::string& text) { list += (list.empty() ? "" : ", ") + text; };
  for (const TrustCheck& c : run.confirmation->checks) {
    if (c.outcome == CheckOutcome::held) add(held, c.mechanism);
    if (c.outcome == CheckOutcome::failed) add(failed, c.mechanism + (c.detail.empty() ? "" : " (" + c.detail + ")"));
    if (c.outcome == CheckOutcome::not_possible) add(missing, c.mechanism);
  }
  std::string text = failed.empty() ? "nothing was found by " + held : "found out by " + failed;
  if (failed.empty() && held.empty()) text = "by nothing but the comparison of outputs";
  if (!missing.empty()) text += "; not possible here: " + missing;
  return line_of(!failed.empty() ? Mark::no : held.empty() ? Mark::open : Mark::yes, "Examined", fit(text, 600));
}

object hidden_line(const RunData& run) {
  if (run.summary.certified) {
    const auto& c = *run.summary.certified;
    std::string ratios;
    if (!c.hidden_ratios.empty()) {
      const auto [low, high] = std::ranges::minmax(c.hidden_ratios, {}, [](const Interval& i) { return i.estimate; });
      ratios = fmt::format(", {} to {} the seed's speed", ratio_text(low.estimate), ratio_text(high.estimate));
    }
    return line_of(hidden_right(c) == c.hidden.size() ? Mark::yes : Mark::no, "Hidden shapes",
                   fmt::format("{} of {} right{}; attempt {} of at most 3", hidden_right(c), c.hidden.size(), ratios,
                               c.gate_attempts));
  }
  if (run.gate.empty()) return line_of(Mark::open, "Hidden shapes", "none were drawn");
  const GateAttempt& g = run.gate.back();
  return line_of(g.passed ? Mark::yes : Mark::no, "Hidden shapes",
                 fmt::format("attempt {} of at most 3 {}", g.attempt,
                             g.passed                   ? "passed"
                             : g.reason != Reason::none ? "failed: " + std::string(describe(g.reason))
                                                        : "failed: slower than the seed on them"));
}

}  // namespace

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

list facts(const RunData& run) {
  const Summary& s = run.summary;
  list rows;
  const auto add = [&](const char* label, const std::string& value) {
    if (!value.empty()) rows.push_back(object{{"label", label}, {"value", value}});
  };
  add("judged", grouped(s.evaluations));
  add("right", grouped(run.ok));
  if (s.duplicates) add("duplicates", grouped(s.duplicates));
  add("wall time", duration_text(s.cost.wall_s));
  add("ended by", s.stopped_by.empty() ? "not ended" : s.stopped_by);
  add("policy", s.policy);
  add("random seed", std::to_string(s.seed));
  return rows;
}

// Everything that a claim rests on, one line each. `identities` names what was judged, so that somebody else can tell
// whether they have the same thing in hand.
object certificate(const RunData& run) {
  const bool given = run.summary.certified.has_value();
  list rows{faster_line(run), nowhere_slower_line(run), right_line(run),
            fresh_line(run),  examined_line(run),       hidden_line(run)};
  list identities;
  for (const auto& [label, value] : run.identities)
    if (!value.empty()) identities.push_back(object{{"label", label}, {"value", value}});
  return object{{"given", given},
                {"title", given ? "Certificate" : "No certificate"},
                {"says", given ? "What this claim rests on. Each line was decided after the search, on data that the "
                                 "search could not see."
                               : "A claim needs all of these. What was decided so far:"},
                {"rows", rows},
                {"has_identities", !identities.empty()},
                {"identities", identities}};
}

}  // namespace ridge::view
