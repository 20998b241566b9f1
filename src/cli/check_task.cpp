#include "cli/check_task.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <ostream>

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/text.h"
#include "cli/support.h"
#include "device/table/table.h"
#include "evaluate/checker.h"
#include "report/format.h"
#include "report/jsonl.h"

namespace ridge {
namespace {

using Json = nlohmann::json;

// A mutant's omission may hide in a lucky draw of sizes: so many pairs of small workloads before larger ones are tried.
constexpr int mutant_rounds = 4;

enum class Kind : std::uint8_t { seed, template_, mutant };
const char* name_of(Kind k) {
  return k == Kind::seed ? "seed" : k == Kind::template_ ? "template" : "mutant";
}

struct Source {
  const TaskSource* source;
  Kind kind;
  std::string file() const { return std::filesystem::path(source->file).filename().string(); }
};

std::vector<Source> sources_of(const Task& task, Dialect dialect) {
  std::vector<Source> out;
  if (auto it = task.seeds.find(dialect); it != task.seeds.end()) out.push_back({&it->second, Kind::seed});
  if (auto it = task.templates.find(dialect); it != task.templates.end()) out.push_back({&it->second, Kind::template_});
  for (const TaskSource& m : task.mutants)
    if (m.dialect == dialect) out.push_back({&m, Kind::mutant});
  return out;
}

// A mutant that is refused before it runs says nothing about the check: it has to be judged wrong, not to be broken.
bool judged_wrong(Verdict v) {
  return v == Verdict::wrong_result || v == Verdict::crashed || v == Verdict::timed_out;
}

struct Sums {
  int tasks = 0, broken = 0;
  int seeds = 0, seeds_right = 0, templates = 0, templates_right = 0, mutants = 0, mutants_noticed = 0;
  int held_out = 0, held_out_right = 0;  // judgements of honest kernels on drawn held-out workloads
  std::map<std::string, int> reasons;    // of noticed mutants
  bool as_expected() const {
    return seeds == seeds_right && templates == templates_right && mutants == mutants_noticed &&
           held_out == held_out_right && broken == 0;
  }
};

// The workloads beyond the small drawn ones, smallest first; none with --small, but always those that were named.
std::vector<Workload> published(const Checker& checker, const Options& options) {
  std::vector<Workload> out;
  for (const Workload& w : checker.task().workloads) {
    const bool named = std::ranges::find(options.workloads, w.name) != options.workloads.end();
    if (named || (!options.small && w.role != WorkloadRole::device_filling)) out.push_back(w);
  }
  std::ranges::stable_sort(out, {}, [&](const Workload& w) { return checker.work(w); });
  return out;
}

class SuiteCheck {
 public:
  SuiteCheck(const Options& options, Terminal& terminal)
      : options_(options),
        terminal_(terminal),
        status_(terminal),
        table_({"", "task", "source", "kind", "verdict", "reason"}) {}

  Result<int> run(const std::vector<std::string>& ids) {
    RIDGE_TRY(const auto device, open_device(options_.device));
    const double begin = SteadyClock().seconds();
    for (const std::string& id : ids) {
      ++sums_.tasks;
      if (auto done = one(id, *device); !done) {
        if (ids.size() == 1) return std::unexpected(std::move(done).error());
        ++sums_.broken;  // one broken task must not hide the others
        if (options_.json) terminal_.out << json_line(done.error()) << std::endl;
        table_.row({"✗", id, "", "", "broken", fit(printable(done.error().message, 400), 120)});
      }
    }
    status_.clear();
    finish(SteadyClock().seconds() - begin);
    return sums_.broken ? 3 : sums_.as_expected() ? 0 : 1;
  }

 private:
  Result<void> one(const std::string& id, Device& device) {
    status_.set(fmt::format("{}: compiling", id));
    RIDGE_TRY(const auto task, find_task(options_, id));
    const auto sources = sources_of(*task, device.capabilities().plan.dialect);
    if (std::ranges::none_of(sources, [](const Source& s) { return s.kind == Kind::seed; }))
      return invalid("{}: no seed.{}: device {} runs dialect {}", task->folder,
                     extension(device.capabilities().plan.dialect), options_.device,
                     name(device.capabilities().plan.dialect));
    if (options_.compile_only) return compile_only(*task, sources, device);
    RIDGE_TRY(auto oracle, make_oracle(*task));
    RIDGE_TRY(auto checker, Checker::open(task, device, std::move(oracle), Secret::from_entropy()));
    std::vector<Candidate> candidates;
    for (const Source& s : sources) {
      RIDGE_TRY(Candidate c, candidate_of(*task, *s.source, device));
      candidates.push_back(std::move(c));
    }
    RIDGE_TRY(auto kernels, checker->prepare(candidates));
    std::vector<Evaluation> found;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      status_.set(fmt::format("{}: {}", id, sources[i].file()));
      if (!kernels[i]) {
        found.push_back(checker->refused(candidates[i], kernels[i].error()));
        continue;
      }
      RIDGE_TRY(Evaluation e, checker->judge(*kernels[i], sources[i].kind == Kind::mutant ? mutant_rounds : 1, {}));
      found.push_back(std::move(e));
    }
    // Whoever is right so far (a mutant may be, out of luck) goes on to the larger ones; their draws are large too, so
    // one workload at a time.
    for (const Workload& w : published(*checker, options_)) {
      for (std::size_t i = 0; i < sources.size(); ++i) {
        if (found[i].verdict != Verdict::ok) continue;
        status_.set(fmt::format("{}: {} on {}", id, sources[i].file(), w.name));
        RIDGE_TRY(Evaluation e, checker->judge(*kernels[i], 0, {w}));
        e.workloads.insert(e.workloads.begin(), found[i].workloads.begin(), found[i].workloads.end());
        found[i] = std::move(e);
      }
      checker->forget(w);
    }
    for (std::size_t i = 0; i < sources.size() && options_.examine; ++i) {
      if (sources[i].kind == Kind::mutant || !kernels[i] || found[i].verdict != Verdict::ok) continue;
      status_.set(fmt::format("{}: examining {}", id, sources[i].file()));
      std::vector<TrustCheck> checks;
      RIDGE_TRY(auto sane, checker->examine(*kernels[i], checks));
      for (const TrustCheck& c : checks)
        found[i].diagnostics.push_back(
            {"examine", fmt::format("{}: {}: {}", c.mechanism, words(name(c.outcome)), c.detail)});
      if (sane) continue;
      found[i].verdict = sane.error().verdict;
      found[i].reason = sane.error().reason;
      found[i].diagnostics.push_back({sane.error().stage, sane.error().text});
    }
    for (std::size_t i = 0; i < sources.size(); ++i) row(*task, sources[i], found[i]);
    for (int n = 0; n < options_.held_out; ++n) {
      RIDGE_TRY(const Workload w, checker->draw(false));
      status_.set(fmt::format("{}: held-out workload {} of {}", id, n + 1, options_.held_out));
      for (std::size_t i = 0; i < sources.size(); ++i) {
        if (sources[i].kind == Kind::mutant || !kernels[i]) continue;
        RIDGE_TRY(const Evaluation e, checker->judge(*kernels[i], 0, {w}));
        held_out(*task, sources[i], w, e);
      }
      checker->forget(w);
    }
    return {};
  }

  // All of them must build, mutants too: one that does not is broken, not wrong.
  Result<void> compile_only(const Task& task, const std::vector<Source>& sources, Device& device) {
    std::vector<Candidate> candidates;
    for (const Source& s : sources) {
      RIDGE_TRY(Candidate c, candidate_of(task, *s.source, device));
      candidates.push_back(std::move(c));
    }
    RIDGE_TRY(const auto built, build_only(task, device, candidates));
    for (std::size_t i = 0; i < sources.size(); ++i) {
      Evaluation e;
      e.candidate = candidates[i].id;
      e.device = device.capabilities().id;
      if (built[i]) {
        e.compile = *built[i];
      } else {
        e.verdict = built[i].error().verdict;
        e.reason = built[i].error().reason;
        e.diagnostics.push_back({built[i].error().stage, built[i].error().text});
      }
      row(task, sources[i], e);
    }
    return {};
  }

  void row(const Task& task, const Source& s, const Evaluation& e) {
    const bool right = e.verdict == Verdict::ok;
    const bool expected = s.kind == Kind::mutant && !options_.compile_only ? judged_wrong(e.verdict) : right;
    int& all = s.kind == Kind::seed ? sums_.seeds : s.kind == Kind::template_ ? sums_.templates : sums_.mutants;
    int& good = s.kind == Kind::seed        ? sums_.seeds_right
                : s.kind == Kind::template_ ? sums_.templates_right
                                            : sums_.mutants_noticed;
    ++all;
    good += expected ? 1 : 0;
    const std::string reason = e.reason == Reason::none ? "" : std::string(describe(e.reason));
    if (s.kind == Kind::mutant && expected) ++sums_.reasons[reason];
    const std::string text = e.diagnostics.empty() ? "" : printable(e.diagnostics.back().text, 400);
    if (options_.json) {
      terminal_.out << json_line(Json{{"event", "check"},
                                      {"task", task.id},
                                      {"file", s.file()},
                                      {"kind", name_of(s.kind)},
                                      {"as_expected", expected},
                                      {"evaluation", to_json(e)}})
                    << std::endl;
      return;
    }
    table_.row({expected ? "✓" : "✗", task.id, s.file(), name_of(s.kind), words(name(e.verdict)), reason});
    if (!expected && !text.empty()) table_.row({"", "", "", "", "", fit(text, 120)});
  }

  void held_out(const Task& task, const Source& s, const Workload& w, const Evaluation& e) {
    ++sums_.held_out;
    const bool right = e.verdict == Verdict::ok;
    sums_.held_out_right += right ? 1 : 0;
    if (options_.json) {
      Json binding = Json::object();
      for (const auto& [symbol, value] : w.binding)
        binding[symbol] = value.is_integer() ? Json(value.integer()) : Json(value.real());
      terminal_.out << json_line(Json{{"event", "held_out"},
                                      {"task", task.id},
                                      {"file", s.file()},
                                      {"binding", std::move(binding)},
                                      {"as_expected", right},
                                      {"evaluation", to_json(e)}})
                    << std::endl;
    } else if (!right) {
      std::string binding;
      for (const auto& [symbol, value] : w.binding) binding += fmt::format(" {}={}", symbol, value.text());
      table_.row({"✗", task.id, s.file(), "held-out", words(name(e.verdict)), "on" + binding});
      if (!e.diagnostics.empty()) table_.row({"", "", "", "", "", fit(printable(e.diagnostics.back().text, 400), 120)});
    }
  }

  void finish(double seconds) {
    if (options_.json) {
      terminal_.out << json_line(Json{{"event", "checked"},
                                      {"tasks", sums_.tasks},
                                      {"broken", sums_.broken},
                                      {"seeds", sums_.seeds},
                                      {"seeds_right", sums_.seeds_right},
                                      {"templates", sums_.templates},
                                      {"templates_right", sums_.templates_right},
                                      {"mutants", sums_.mutants},
                                      {"mutants_noticed", sums_.mutants_noticed},
                                      {"held_out", sums_.held_out},
                                      {"held_out_right", sums_.held_out_right},
                                      {"reasons", sums_.reasons},
                                      {"compile_only", options_.compile_only},
                                      {"as_expected", sums_.as_expected()},
                                      {"seconds", seconds}})
                    << std::endl;
      return;
    }
    if (options_.compile_only) {
      terminal_.out << table_.text()
                    << fmt::format("\n{} {} for {}, {}: {} of {} sources compiled{}\n", sums_.tasks,
                                   sums_.tasks == 1 ? "task" : "tasks", options_.device, duration_text(seconds),
                                   sums_.seeds_right + sums_.templates_right + sums_.mutants_noticed,
                                   sums_.seeds + sums_.templates + sums_.mutants,
                                   sums_.broken > 0 ? fmt::format(", {} tasks broken", sums_.broken) : "")
                    << std::flush;
      return;
    }
    terminal_.out << table_.text()
                  << fmt::format(
                         "\n{} {} on {}, {}: {} of {} seeds and {} of {} templates accepted, {} of {} mutants "
                         "noticed",
                         sums_.tasks, sums_.tasks == 1 ? "task" : "tasks", options_.device, duration_text(seconds),
                         sums_.seeds_right, sums_.seeds, sums_.templates_right, sums_.templates, sums_.mutants_noticed,
                         sums_.mutants);
    if (sums_.held_out > 0)
      terminal_.out << fmt::format(", {} of {} judgements on held-out workloads accepted", sums_.held_out_right,
                                   sums_.held_out);
    if (sums_.broken > 0) terminal_.out << fmt::format(", {} tasks broken", sums_.broken);
    terminal_.out << "\n";
    TextTable reasons;
    for (const auto& [reason, count] : sums_.reasons) reasons.row({std::to_string(count), reason});
    terminal_.out << reasons.right(0).text() << std::flush;
  }

  const Options& options_;
  Terminal& terminal_;
  StatusLine status_;
  TextTable table_;
  Sums sums_;
};

}  // namespace

Result<int> check_tasks(const std::vector<std::string>& ids, const Options& options, Terminal& terminal) {
  return SuiteCheck(options, terminal).run(ids);
}

}  // namespace ridge
