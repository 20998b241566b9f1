// diff A B: two candidates (of one run or of two), or two runs.
#include "report/diff.h"

#include <algorithm>
#include <ostream>
#include <set>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/support.h"
#include "report/format.h"
#include "report/jsonl.h"
#include "report/run_data.h"
#include "session/assemble.h"

namespace ridge {
namespace {

using Json = nlohmann::json;

// What the user named: a run, or a candidate of one.
struct Named {
  std::string run;        // folder
  std::string candidate;  // as written; empty: the run itself
};

bool is_candidate_word(const std::string& word) {
  return word.starts_with("c:") || word == "seed" || word == "best" || word == "champion" || word == "winner";
}

Result<Named> resolve(const std::string& word, const Options& options) {
  if (is_candidate_word(word)) {
    RIDGE_TRY(std::string folder, find_run(options.run.empty() ? "last" : options.run));
    return Named{std::move(folder), word};
  }
  auto whole = find_run(word);
  if (whole) return Named{std::move(*whole), ""};
  const std::size_t at = word.find(':');
  if (at == std::string::npos) return std::unexpected(std::move(whole).error());
  RIDGE_TRY(std::string folder, find_run(word.substr(0, at)));
  return Named{std::move(folder), word.substr(at + 1)};
}

// One side of a comparison of candidates.
struct Side {
  std::unique_ptr<Store> store;
  const Record* record = nullptr;
  const Candidate& candidate() const { return record->candidate; }
};

Result<Side> open_side(const Named& named) {
  Side side;
  RIDGE_TRY(side.store, Store::open_read_only(named.run));
  RIDGE_TRY(side.record, find_candidate(*side.store, named.candidate));
  return side;
}

Interval inverted(const Interval& i) {
  const auto over = [](double v) { return v > 0 ? 1 / v : 1e9; };
  return {over(i.estimate), over(i.upper), over(i.lower), i.level};
}

// The last duel between the two that had an answer, told as B over A.
struct Duelled {
  std::string purpose, outcome;
  Interval ratio;
  std::vector<std::string> workloads;
  std::vector<Interval> per_workload;
  int looks = 0;
  std::size_t blocks = 0;
};

Result<std::optional<Duelled>> duel_between(const Store& store, const CandidateId& a, const CandidateId& b) {
  std::optional<Duelled> found;
  const auto take = [&](const DuelRecord& d) {
    const bool straight = d.incumbent == a && d.candidate == b, turned = d.incumbent == b && d.candidate == a;
    if ((!straight && !turned) || d.looks == 0 || d.outcome == DuelOutcome::failed || d.outcome == DuelOutcome::voided)
      return;
    Duelled out{d.purpose, "", straight ? d.ratio : inverted(d.ratio), d.workloads, {}, d.looks, d.visits.size()};
    for (const Interval& i : d.per_workload) out.per_workload.push_back(straight ? i : inverted(i));
    out.outcome = out.ratio.lower > 1 ? "B is faster" : out.ratio.upper < 1 ? "B is slower" : "no clear difference";
    found = std::move(out);
  };
  RIDGE_TRY_VOID(store.events([&](const Event& event) -> Result<void> {
    if (const auto* d = std::get_if<DuelRecord>(&event.body)) take(*d);
    if (const auto* c = std::get_if<Confirmation>(&event.body); c && c->against_seed) take(*c->against_seed);
    return {};
  }));
  return found;
}

struct TimePair {
  std::string workload;
  std::optional<double> a, b;  // medians of screening
};

std::vector<TimePair> screened_times(const Record& a, const Record& b) {
  std::vector<TimePair> out;
  const auto add = [&](const Record& r, std::optional<double> TimePair::* which) {
    if (!r.evaluation) return;
    for (const WorkloadResult& w : r.evaluation->workloads) {
      if (!w.timing) continue;
      auto at = std::ranges::find_if(out, [&](const TimePair& p) { return p.workload == w.name; });
      if (at == out.end()) at = out.insert(out.end(), TimePair{w.name, {}, {}});
      (*at).*which = w.timing->median;
    }
  };
  add(a, &TimePair::a);
  add(b, &TimePair::b);
  return out;
}

// Facts that stand side by side. `same` rows are left out where they say nothing.
struct Fact {
  std::string label, a, b;
  bool always = false;
};

std::string verdict_words(const Record& r) {
  if (!r.evaluation) return "not run";
  const Evaluation& e = *r.evaluation;
  return words(name(e.verdict)) + (e.reason == Reason::none ? "" : ": " + std::string(describe(e.reason)));
}

std::string parameter_or(const Candidate& c, const std::string& key) {
  const auto it = c.parameters.find(key);
  return it == c.parameters.end() ? "–" : text(it->second);
}

std::vector<std::string> tunable_names(const Candidate& a, const Candidate& b) {
  std::set<std::string> names;
  for (const Candidate* c : {&a, &b})
    for (const auto& [key, value] : c->parameters) names.insert(key);
  return {names.begin(), names.end()};
}

std::vector<Fact> facts_of(const Record& a, const Record& b) {
  const Candidate &x = a.candidate, &y = b.candidate;
  std::vector<Fact> facts = {{"id", x.id, y.id, true},
                             {"made by", x.op, y.op, true},
                             {"why", x.why, y.why},
                             {"verdict", verdict_words(a), verdict_words(b), true},
                             {"dialect", std::string(name(x.dialect)), std::string(name(y.dialect))},
                             {"compiler", x.compiler, y.compiler},
                             {"flags", join(x.flags, " "), join(y.flags, " ")}};
  for (const std::string& key : tunable_names(x, y)) facts.push_back({key, parameter_or(x, key), parameter_or(y, key)});
  return facts;
}

void print_facts(const std::vector<Fact>& facts, std::ostream& out) {
  TextTable table({"", "A", "B"});
  for (const Fact& f : facts)
    if (f.always || f.a != f.b)
      table.row({f.label, f.a.empty() ? "–" : fit(printable(f.a), 60), f.b.empty() ? "–" : fit(printable(f.b), 60)});
  out << table.text();
}

void print_lines(const std::string& before, const std::string& after, const char* what, bool colour,
                 std::ostream& out) {
  const DiffHunks all = hunks(diff_lines(before, after));
  if (all.hunks.empty()) {
    out << fmt::format("\n{}: the same\n", what);
    return;
  }
  out << fmt::format("\n{}: {} lines added, {} removed\n", what, all.added, all.removed);
  const auto skipped = [&](int n) {
    if (n > 0) out << fmt::format("  … {} unchanged\n", n);
  };
  for (const DiffHunk& h : all.hunks) {
    skipped(h.skipped_before);
    for (const DiffLine& line : h.lines) {
      using enum DiffLine::Kind;
      const char sign = line.kind == added ? '+' : line.kind == removed ? '-' : ' ';
      const char* begin = !colour || line.kind == same ? "" : line.kind == added ? "\x1b[32m" : "\x1b[31m";
      out << fmt::format("{}{} {}{}\n", begin, sign, printable(line.text), *begin ? "\x1b[0m" : "");
    }
  }
  skipped(all.skipped_after);
}

void print_times(const std::vector<TimePair>& times, const std::optional<Duelled>& duel, std::ostream& out) {
  if (duel)
    out << fmt::format("\n{}: {} in a duel ({}, {} blocks, {} look{})\n", duel->outcome, interval_text(duel->ratio),
                       printable(duel->purpose), duel->blocks, duel->looks, duel->looks == 1 ? "" : "s");
  else if (!times.empty())
    out << "\nscreened apart from each other, no claim (there was no duel between the two)\n";
  TextTable table({"workload", "A, screened", "B, screened", "B over A"});
  for (const TimePair& t : times) {
    std::string ratio = t.a && t.b && *t.b > 0 ? ratio_text(*t.a / *t.b) : "–";
    if (duel) {
      const auto at = std::ranges::find(duel->workloads, t.workload);
      const auto i = std::size_t(at - duel->workloads.begin());
      ratio = i < duel->per_workload.size() ? interval_text(duel->per_workload[i]) : "–";
    }
    table.row({printable(t.workload), t.a ? human_seconds(*t.a) : "–", t.b ? human_seconds(*t.b) : "–", ratio});
  }
  if (!times.empty()) out << table.right(1).right(2).text();
}

Json lines_json(const std::string& before, const std::string& after) {
  const DiffHunks all = hunks(diff_lines(before, after));
  Json out = {{"added", all.added}, {"removed", all.removed}, {"lines", Json::array()}};
  for (const DiffHunk& h : all.hunks)
    for (const DiffLine& line : h.lines) {
      using enum DiffLine::Kind;
      out["lines"].push_back({{"kind", line.kind == added     ? "added"
                                       : line.kind == removed ? "removed"
                                                              : "same"},
                              {"a", line.old_line ? Json(line.old_line) : Json()},
                              {"b", line.new_line ? Json(line.new_line) : Json()},
                              {"text", line.text}});
    }
  return out;
}

Json interval_object(const Interval& i) {
  return {{"estimate", i.estimate}, {"lower", i.lower}, {"upper", i.upper}, {"level", i.level}};
}

Json facts_json(const std::vector<Fact>& facts) {
  Json out = Json::object();
  for (const Fact& f : facts) out[f.label] = {{"a", f.a}, {"b", f.b}, {"same", f.a == f.b}};
  return out;
}

std::string source_of(const Candidate& c) {
  return c.source ? *c.source : "";
}
std::string plan_of(const Candidate& c) {
  return c.plan ? to_toml(*c.plan) : "";
}

Result<int> diff_candidates(const Named& one, const Named& two, const Options& options, Terminal& terminal) {
  RIDGE_TRY(const Side a, open_side(one));
  RIDGE_TRY(const Side b, open_side(two));
  const Candidate &x = a.candidate(), &y = b.candidate();
  std::optional<Duelled> duel;
  if (x.id != y.id)
    for (const Side* side : {&a, &b}) {
      RIDGE_TRY(auto found, duel_between(*side->store, x.id, y.id));
      if (found) duel = std::move(found);
      if (one.run == two.run) break;
    }
  const auto facts = facts_of(*a.record, *b.record);
  const auto times = screened_times(*a.record, *b.record);
  if (options.json) {
    Json rows = Json::array();
    for (const TimePair& t : times)
      rows.push_back({{"name", t.workload}, {"a_s", t.a ? Json(*t.a) : Json()}, {"b_s", t.b ? Json(*t.b) : Json()}});
    Json j = {{"event", "diff"},
              {"kind", "candidates"},
              {"a", {{"run", one.run}, {"candidate", x.id}}},
              {"b", {{"run", two.run}, {"candidate", y.id}}},
              {"facts", facts_json(facts)},
              {"source", lines_json(source_of(x), source_of(y))},
              {"plan", lines_json(plan_of(x), plan_of(y))},
              {"screened", rows},
              {"duel", nullptr}};
    if (duel) {
      j["duel"] = {
          {"purpose", duel->purpose},       {"says", duel->outcome}, {"b_over_a", interval_object(duel->ratio)},
          {"per_workload", Json::object()}, {"looks", duel->looks},  {"blocks", duel->blocks}};
      for (std::size_t i = 0; i < std::min(duel->workloads.size(), duel->per_workload.size()); ++i)
        j["duel"]["per_workload"][duel->workloads[i]] = interval_object(duel->per_workload[i]);
    }
    terminal.out << json_line(j) << "\n";
    return 0;
  }
  if (one.run != two.run)
    terminal.out << fmt::format("A of {}, B of {}: times of two runs were taken at different times\n",
                                printable(one.run), printable(two.run));
  if (x.id == y.id) terminal.out << "A and B are the same candidate\n";
  print_facts(facts, terminal.out);
  print_times(times, duel, terminal.out);
  if (source_of(x) == source_of(y))  // then the plan may still differ
    print_lines(plan_of(x), plan_of(y), "plan", terminal.live, terminal.out);
  print_lines(source_of(x), source_of(y), "source and plan", terminal.live, terminal.out);
  return 0;
}

// ---- runs ----

std::string certified_words(const RunData& run) {
  if (!run.summary.certified) return run.finished ? "none" : "not ended";
  return interval_text(run.summary.certified->speedup);
}

std::vector<Fact> facts_of(const RunData& a, const RunData& b) {
  std::vector<Fact> facts;
  const auto add = [&](const char* label, auto value, bool always = true) {
    facts.push_back({label, value(a), value(b), always});
  };
  add("run", [](const RunData& r) { return r.folder; });
  add("task", [](const RunData& r) { return r.summary.task; });
  add("device", [](const RunData& r) { return r.summary.device; });
  add("policy", [](const RunData& r) { return r.summary.policy; });
  add(
      "policy settings",
      [](const RunData& r) {
        std::string out;
        for (const auto& [key, value] : r.policy_settings)
          out += fmt::format("{}{}={}", out.empty() ? "" : " ", key, value);
        return out;
      },
      false);
  add("seed of decisions", [](const RunData& r) { return std::to_string(r.summary.seed); });
  add("budget", [](const RunData& r) {
    std::string out = r.budget_wall_s > 0 ? duration_text(r.budget_wall_s) : "";
    if (r.budget_evaluations > 0) out += fmt::format("{}{} evaluations", out.empty() ? "" : ", ", r.budget_evaluations);
    return out;
  });
  add("ended by", [](const RunData& r) { return r.finished ? r.summary.stopped_by : "not ended"; });
  add("judged", [](const RunData& r) { return grouped(r.summary.evaluations); });
  add("right", [](const RunData& r) { return grouped(r.ok); });
  add("duplicates", [](const RunData& r) { return grouped(r.summary.duplicates); });
  add("wall time", [](const RunData& r) { return duration_text(r.summary.cost.wall_s); });
  add("certified", certified_words);
  add("winner", [](const RunData& r) { return r.winner ? r.winner->id : std::string(); });
  add("its values", [](const RunData& r) { return r.winner ? parameters_text(r.winner->parameters) : std::string(); });
  add("its flags", [](const RunData& r) { return r.winner ? join(r.winner->flags, " ") : std::string(); }, false);
  std::set<std::string> verdicts;
  for (const RunData* r : {&a, &b})
    for (const auto& [verdict, count] : r->summary.failed) verdicts.insert(verdict);
  for (const std::string& v : verdicts) {
    const auto count = [&](const RunData& r) {
      const auto it = r.summary.failed.find(v);
      return grouped(it == r.summary.failed.end() ? 0 : it->second);
    };
    facts.push_back({words(v), count(a), count(b), true});
  }
  return facts;
}

std::vector<Fact> environment_of(const RunData& a, const RunData& b) {
  std::vector<Fact> facts;
  const auto value_in = [](const RunData& r, const std::string& key) {
    std::string out;
    for (const auto& [k, v] : r.environment)
      if (k == key) out += (out.empty() ? "" : ", ") + v;
    return out;
  };
  std::set<std::string> keys;
  for (const RunData* r : {&a, &b})
    for (const auto& [key, value] : r->environment) keys.insert(key);
  for (const std::string& key : keys) facts.push_back({key, value_in(a, key), value_in(b, key), false});
  return facts;
}

std::string workload_words(const RunData& run, const std::string& workload) {
  if (run.summary.certified)
    for (const auto& w : run.summary.certified->workloads)
      if (w.name == workload) return fmt::format("{}, {}", human_seconds(w.best_seconds), interval_text(w.ratio));
  return "–";
}

Result<int> diff_runs(const Named& one, const Named& two, const Options& options, Terminal& terminal) {
  RIDGE_TRY(const RunData a, read_run(one.run));
  RIDGE_TRY(const RunData b, read_run(two.run));
  const auto facts = facts_of(a, b), environment = environment_of(a, b);
  if (options.json) {
    const auto side = [](const RunData& r) {
      return Json{{"run", r.folder}, {"finished", r.finished}, {"summary", to_json(r.summary)}};
    };
    terminal.out << json_line(Json{{"event", "diff"},
                                   {"kind", "runs"},
                                   {"a", side(a)},
                                   {"b", side(b)},
                                   {"facts", facts_json(facts)},
                                   {"environment", facts_json(environment)}})
                 << "\n";
    return 0;
  }
  print_facts(facts, terminal.out);
  std::set<std::string> workloads;
  for (const RunData* r : {&a, &b})
    if (r->summary.certified)
      for (const auto& w : r->summary.certified->workloads) workloads.insert(w.name);
  if (!workloads.empty()) {
    TextTable table({"workload", "A: winner, over its seed", "B: winner, over its seed"});
    for (const std::string& w : workloads) table.row({printable(w), workload_words(a, w), workload_words(b, w)});
    terminal.out
        << "\neach run's winner against the seed, measured within that run; between the runs there was no duel\n"
        << table.text();
  }
  const bool differs = std::ranges::any_of(environment, [](const Fact& f) { return f.a != f.b; });
  terminal.out << (differs ? "\nenvironment, where it differs\n" : "\nenvironment: the same\n");
  if (differs) print_facts(environment, terminal.out);
  return 0;
}

}  // namespace

Result<int> diff_command(const Options& options, Terminal& terminal) {
  if (options.argument(1).empty())
    return fail(Error::Kind::usage, "diff: with what? Name two candidates or two runs; see `ridgeline diff --help`");
  RIDGE_TRY(const Named a, resolve(options.argument(0), options));
  RIDGE_TRY(const Named b, resolve(options.argument(1), options));
  if (a.candidate.empty() != b.candidate.empty())
    return fail(Error::Kind::usage, "diff {} {}: one is a run and the other a candidate; compare two of a kind",
                options.argument(0), options.argument(1));
  return a.candidate.empty() ? diff_runs(a, b, options, terminal) : diff_candidates(a, b, options, terminal);
}

}  // namespace ridge
