#include <algorithm>
#include <ctime>
#include <filesystem>
#include <ostream>
#include <set>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/bench.h"
#include "cli/support.h"
#include "model/json.h"
#include "report/bench_results.h"
#include "report/format.h"
#include "report/html.h"
#include "report/jsonl.h"
#include "session/assemble.h"
#include "store/store.h"

namespace ridge {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::string leaf(const std::string& id) {
  return id.substr(id.find_last_of('/') + 1);
}

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  char text[32];
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &utc);
  return text;
}

// Tasks of the suite, or those of them that --only names (with or without the suite), in the catalog's order.
Result<std::vector<std::string>> chosen_tasks(const Catalog& catalog, const Options& options) {
  const std::string& suite = options.argument(0);
  std::vector<std::string> all, suites;
  std::set<std::string> names;
  for (const std::string& id : catalog.ids()) {
    names.insert(id.substr(0, id.find('/')));
    if (id.starts_with(suite + "/")) all.push_back(id);
  }
  suites.assign(names.begin(), names.end());
  if (all.empty()) return fail(Error::Kind::usage, "{}: no such suite{}", suite, suggestion(suite, suites));
  if (options.only_tasks.empty()) return all;
  std::vector<std::string> out, known;
  for (const std::string& id : all) known.push_back(leaf(id));
  for (const std::string& wanted : options.only_tasks)
    if (std::ranges::find(known, leaf(wanted)) == known.end() ||
        (wanted.find('/') != std::string::npos && !wanted.starts_with(suite + "/")))
      return fail(Error::Kind::usage, "--only {}: no such task of {}{}", wanted, suite, suggestion(wanted, known));
  for (const std::string& id : all)
    if (std::ranges::any_of(options.only_tasks, [&](const std::string& w) { return leaf(w) == leaf(id); }))
      out.push_back(id);
  return out;
}

class Sweep {
 public:
  Sweep(const Options& options, Terminal& terminal) : options_(options), terminal_(terminal) {}

  Result<int> run() {
    RIDGE_TRY(const Catalog catalog, open_catalog(options_));
    RIDGE_TRY_VOID(describe(catalog));
    RIDGE_TRY_VOID(open_folder());
    const Interrupt interrupt;
    for (std::size_t i = 0; i < results_.cells.size() && !interrupt.asked(); ++i) {
      BenchCell& cell = results_.cells[i];
      if (!finished(cell)) {
        announce(i);
        if (auto searched = search(cell, catalog, interrupt.asked()); !searched) {
          cell.state = BenchCell::State::failed;
          cell.error = searched.error().message;
          terminal_.err << "error: " << cell.task << ": " << printable(cell.error, 1 << 16) << "\n";
        }
      }
      if (cell.state != BenchCell::State::failed) {
        if (auto read = gather(cell); !read) {
          cell.state = BenchCell::State::failed;
          cell.error = read.error().message;
        }
      }
      RIDGE_TRY_VOID(save());
    }
    RIDGE_TRY_VOID(save());
    say_results(interrupt.asked());
    const bool failed = std::ranges::count(results_.cells, BenchCell::State::failed, &BenchCell::state) > 0;
    return failed ? 3 : 0;
  }

 private:
  Result<void> describe(const Catalog& catalog) {
    BenchSpec& s = results_.spec;
    s.suite = options_.argument(0);
    s.device = options_.device;
    RIDGE_TRY(s.tasks, chosen_tasks(catalog, options_));
    s.policies = options_.policies;
    s.first_seed = options_.seed;
    s.seeds = options_.seeds;
    s.budget_s = options_.budget_s ? *options_.budget_s : options_.evaluations > 0 ? 24 * 3600 : 60;
    s.evaluations = options_.evaluations;
    // Seeds outermost: whoever stops a sweep early has every task and policy equally often.
    for (int n = 0; n < s.seeds; ++n)
      for (const std::string& task : s.tasks)
        for (const std::string& policy : s.policies) {
          BenchCell c;
          c.task = task;
          c.policy = policy;
          c.seed = s.first_seed + std::uint64_t(n);
          c.run = fmt::format("{}-{}-{}", leaf(task), policy, c.seed);
          results_.cells.push_back(std::move(c));
        }
    return {};
  }

  // A folder that holds a sweep is gone on with if it is the same one.
  Result<void> open_folder() {
    folder_ = options_.out.empty() ? "bench-" + results_.spec.suite : options_.out;
    results_.started = now_text();
    std::error_code trouble;
    fs::create_directories(folder_, trouble);
    if (trouble) return world("{}: {}", folder_, trouble.message());
    const std::string file = folder_ + "/results.json";
    if (!fs::exists(file, trouble)) return {};
    RIDGE_TRY(const std::string text, read_file(file));
    RIDGE_TRY(const Json old, parse_json(text, file));
    const Json mine = to_json(results_.spec);
    if (!old.is_object() || !old.contains("spec") || !old["spec"].is_object())
      return invalid("{}: spec: not found: this is no folder of a sweep; choose another with --out", file);
    for (const auto& [key, value] : mine.items())
      if (const Json before = old["spec"].value(key, Json()); before != value)
        return fail(Error::Kind::usage,
                    "{}: holds a sweep with {} = {}, now it would be {}; say the same as before to go on with it, or "
                    "choose another folder with --out",
                    folder_, key, dump_json(before), dump_json(value));
    if (old.contains("started") && old["started"].is_string()) results_.started = old["started"].get<std::string>();
    return {};
  }

  std::string folder_of(const BenchCell& cell) const { return folder_ + "/" + cell.run; }

  // Ended by itself: a summary says by what. An interrupted one is gone on with.
  bool finished(const BenchCell& cell) const {
    const std::string file = folder_of(cell) + "/summary.json";
    const auto text = read_file(file);
    if (!text) return false;
    const auto json = parse_json(*text, file);
    const auto summary = json ? summary_from_json(*json) : Result<Summary>();
    return json && summary && summary->stopped_by != "interrupt" && !summary->stopped_by.empty();
  }

  void announce(std::size_t i) {
    const BenchCell& c = results_.cells[i];
    if (!options_.json)
      terminal_.out << fmt::format("[{}/{}] {} · {} · seed {}\n", i + 1, results_.cells.size(), c.task, c.policy,
                                   c.seed)
                    << std::flush;
  }

  Result<void> search(const BenchCell& cell, const Catalog& catalog, const std::atomic<bool>& stop) {
    ProgressListener progress(terminal_);
    std::vector<Listener*> listeners;
    if (!options_.json) listeners.push_back(&progress);
    const std::string folder = folder_of(cell);
    std::error_code ignored;
    Result<Summary> done;
    bool fresh = !fs::exists(fs::path(folder) / Store::kFile, ignored);
    if (!fresh) {
      done = resume_run(folder, nullptr, stop, listeners);
      // Killed before its first event: nothing is lost by beginning again.
      if (!done && done.error().message.find("before it began") != std::string::npos) {
        fs::remove_all(folder, ignored);
        fresh = true;
      }
    }
    if (fresh) {
      RunSpec spec;
      spec.task = cell.task;
      spec.task_folder = catalog.root() + "/" + cell.task;
      spec.device = options_.device;
      spec.policy = cell.policy;
      spec.policy_settings = options_.policy_set;
      spec.seed = cell.seed;
      spec.budget.wall_s = results_.spec.budget_s;
      spec.budget.evaluations = results_.spec.evaluations;
      spec.folder = folder;
      done = start_run(spec, stop, listeners);
    }
    progress.done();
    if (!done) return std::unexpected(std::move(done).error());
    return {};
  }

  Result<void> gather(BenchCell& cell) {
    RIDGE_TRY(const RunData run, read_run(folder_of(cell)));
    fill(cell, run);
    if (results_.environment.empty()) results_.environment = run.environment;
    if (!options_.no_report && !fs::exists(folder_of(cell) + "/report.html")) RIDGE_TRY_VOID(write_report(run));
    return {};
  }

  // After every search, so that a sweep that is killed loses only what was in flight.
  Result<void> save() {
    RIDGE_TRY_VOID(write_file(folder_ + "/results.json", dump_json(to_json(results_), 1) + "\n"));
    RIDGE_TRY_VOID(write_file(folder_ + "/results.txt", bench_text(results_)));
    return write_file(folder_ + "/results.html", bench_html(results_));
  }

  void say_results(bool interrupted) {
    if (options_.json) {
      Json j = to_json(results_);
      j["event"] = "bench";
      j["folder"] = folder_;
      j["interrupted"] = interrupted;
      terminal_.out << json_line(j) << std::endl;
      return;
    }
    terminal_.out << "\n" << bench_text(results_) << fmt::format("{}/results.html\n", folder_);
    if (interrupted) terminal_.out << "interrupted: the same command goes on with what is left\n";
    terminal_.out << std::flush;
  }

  const Options& options_;
  Terminal& terminal_;
  std::string folder_;
  BenchResults results_;
};

}  // namespace

Result<int> bench_suite(const Options& options, Terminal& terminal) {
  return Sweep(options, terminal).run();
}

}  // namespace ridge
