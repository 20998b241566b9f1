#include "report/console.h"

#include <algorithm>
#include <ostream>
#include <vector>

#include "base/text.h"
#include "report/format.h"

namespace ridge {
namespace {

constexpr const char* separator = " │ ";

// A part of the line and how gladly it is given up: 0 stays for ever.
struct Part {
  std::string text;
  int dispensable = 0;
};

std::string joined_parts(const std::vector<Part>& parts) {
  std::string out = "  ";
  bool first = true;
  for (const Part& p : parts) {
    if (p.text.empty()) continue;
    if (!first) out += separator;
    out += p.text;
    first = false;
  }
  return out;
}

std::string best_part(const ProgressFacts& f, bool with_interval) {
  if (f.evaluations == 0) return "";
  if (f.best_is_screened)
    return f.best.estimate > 0 ? fmt::format("best {} screened", ratio_text(f.best.estimate)) : "";
  return fmt::format("best {} vs seed", with_interval ? interval_text(f.best) : ratio_text(f.best.estimate));
}

std::string leaf(const std::string& id) {
  return id.substr(id.find_last_of('/') + 1);
}

std::size_t right_ones(const std::vector<WorkloadResult>& hidden) {
  return std::size_t(
      std::count_if(hidden.begin(), hidden.end(), [](const auto& w) { return w.verdict == Verdict::ok; }));
}

std::string hidden_part(const Summary::Certified& c) {
  if (c.hidden.empty()) return "";
  std::string out = fmt::format("; held-out {} of {} right", right_ones(c.hidden), c.hidden.size());
  if (!c.hidden_ratios.empty()) {
    const auto [low, high] = std::minmax_element(c.hidden_ratios.begin(), c.hidden_ratios.end(),
                                                 [](const auto& a, const auto& b) { return a.estimate < b.estimate; });
    out += fmt::format(", {} to {}", ratio_text(low->estimate), ratio_text(high->estimate));
  }
  if (c.gate_attempts > 1) out += fmt::format(" (attempt {} of 3)", c.gate_attempts);
  return out;
}

std::string certified_text(const Summary& s, const Summary::Certified& c) {
  std::string out = fmt::format("{}: {} faster than the seed ({:.0f} %: {}), confirmed in {} fresh process{}{}\n",
                                printable(leaf(s.task)), ratio_text(c.speedup.estimate), c.speedup.level * 100,
                                range_text(c.speedup), c.processes, c.processes == 1 ? "" : "es", hidden_part(c));
  TextTable table({"workload", "seed", "best", "speed-up", "roofline"});
  for (const auto& w : c.workloads)
    table.row({printable(w.name), human_seconds(w.seed_seconds), human_seconds(w.best_seconds), interval_text(w.ratio),
               w.roofline ? roofline_text(*w.roofline) : "–"});
  for (const auto& [baseline, ratio] : c.baselines)
    table.row({"vs " + printable(baseline), "", "", interval_text(ratio), ""});
  return out + table.text();
}

std::string nothing_text(const Summary& s) {
  std::string out = fmt::format("{}: no kernel could be claimed to be faster than the seed\n", printable(leaf(s.task)));
  if (!s.why_not.empty()) out += fmt::format("  why      {}\n", printable(s.why_not));
  return out;
}

std::string judged_text(const Summary& s) {
  std::string out = fmt::format("  judged   {} in {}", grouped(s.evaluations), duration_text(s.cost.wall_s));
  if (s.duplicates) out += fmt::format(", {} duplicates", grouped(s.duplicates));
  for (const auto& [verdict, count] : s.failed)
    if (count) out += fmt::format(", {} {}", grouped(count), words(verdict));
  if (!s.stopped_by.empty()) out += fmt::format("; stopped by {}", printable(s.stopped_by));
  return out + "\n";
}

}  // namespace

std::string progress_line(const ProgressFacts& f, std::size_t columns) {
  const std::string judged = fmt::format("{} judged", grouped(f.evaluations));
  std::vector<Part> parts = {
      {fmt::format("{:.0f} s", f.elapsed_s), 0},
      {f.phase == "searching" ? "" : f.phase, 1},
      {f.per_second > 0 ? fmt::format("{} ({:.{}f}/s)", judged, f.per_second, f.per_second < 9.5 ? 1 : 0) : judged, 2},
      {f.failed ? fmt::format("{} failed", grouped(f.failed)) : "", 3},
      {best_part(f, true), 0},
      {printable(f.parameters, 400), 5},
      {f.left_s > 0 ? fmt::format("left {:.0f} s", f.left_s) : "", 4},
  };
  std::string line = joined_parts(parts);
  for (int drop = 5; columns > 0 && drop > 0 && display_width(line) > columns; --drop) {
    for (Part& p : parts)
      if (p.dispensable == drop) p.text.clear();
    if (drop == 3) parts[4].text = best_part(f, false);
    line = joined_parts(parts);
  }
  return columns > 0 ? fit(line, columns) : line;
}

ProgressPrinter::ProgressPrinter(std::ostream& out, bool terminal, std::size_t columns, double seconds_between)
    : out_(out), terminal_(terminal), columns_(columns), seconds_between_(seconds_between) {}

void ProgressPrinter::show(const ProgressFacts& facts) {
  if (terminal_) {
    // One column is left free: a full last column makes some terminals wrap, and the line could then not be
    // overwritten.
    shown_ = progress_line(facts, columns_ > 1 ? columns_ - 1 : 0);
    out_ << "\r" << shown_ << "\x1b[K" << std::flush;
    return;
  }
  // A new phase is worth a line sooner, but phases can change many times a second.
  const double wait = facts.phase != phase_ ? std::min(0.5, seconds_between_) : seconds_between_;
  if (facts.elapsed_s - last_s_ < wait) return;
  last_s_ = facts.elapsed_s;
  phase_ = facts.phase;
  out_ << progress_line(facts, 0) << std::endl;
}

void ProgressPrinter::line(const std::string& text) {
  if (terminal_) out_ << "\r\x1b[K";
  out_ << text << "\n";
  if (terminal_) out_ << shown_;
  out_ << std::flush;
}

void ProgressPrinter::done() {
  if (terminal_ && !shown_.empty()) out_ << "\r\x1b[K" << std::flush;
  shown_.clear();
}

namespace {

// The session writes both into the run's folder.
std::string certificate_beside(const std::string& winner_file) {
  const std::size_t slash = winner_file.rfind('/');
  return (slash == std::string::npos ? "" : winner_file.substr(0, slash + 1)) + "certificate.json";
}

}  // namespace

std::string summary_text(const Summary& s, const std::string& winner_file, const std::string& report_file) {
  std::string out = (s.certified ? certified_text(s, *s.certified) : nothing_text(s)) + judged_text(s);
  if (s.certified && !winner_file.empty()) out += fmt::format("winner  {}\n", winner_file);
  if (!report_file.empty()) out += fmt::format("report  {}\n", report_file);
  if (s.certified && !winner_file.empty())
    out += fmt::format("again   ridgeline verify {}\n", certificate_beside(winner_file));
  else if (s.stopped_by == "interrupt")
    out += fmt::format("go on   ridgeline resume {}\n", s.run);
  return out;
}

}  // namespace ridge
