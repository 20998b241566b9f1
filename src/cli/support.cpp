#include "cli/support.h"

#include <csignal>
#include <cstring>
#include <filesystem>
#include <ostream>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/paths.h"
#include "model/json.h"
#include "report/format.h"
#include "report/html.h"
#include "report/jsonl.h"

namespace ridge {
namespace {

std::atomic<bool> stop_asked = false;
std::atomic<const char*> stop_text = "";
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch lock-free atomics");
struct sigaction before_int, before_term;

// Only what is safe inside a signal handler: an atomic, write and _exit.
void on_signal(int signal) {
  if (stop_asked.exchange(true)) _exit(128 + signal);
  for (const char* part : {"\n", stop_text.load(), "\n"}) [[maybe_unused]]
    const auto written = write(STDERR_FILENO, part, std::strlen(part));
}

// The candidate that the run's last summary certifies.
Result<CandidateId> winner_of(const Store& store) {
  CandidateId id;
  RIDGE_TRY_VOID(store.events([&](const Event& event) -> Result<void> {
    const auto* stopped = std::get_if<RunStopped>(&event.body);
    if (!stopped) return {};
    id.clear();
    const auto json = parse_json(stopped->summary_json, "summary");
    const auto summary = json ? summary_from_json(*json) : Result<Summary>();
    if (json && summary && summary->certified) id = summary->certified->candidate;
    return {};
  }));
  if (id.empty()) return fail(Error::Kind::usage, "winner: {} has no certified winner", store.folder());
  return id;
}

}  // namespace

Result<const Record*> find_candidate(const Store& store, const std::string& wanted) {
  if (wanted == "seed" && store.seed()) return store.seed();
  if (wanted == "best" && store.best()) return store.best();
  if (wanted == "champion" && store.champion()) return store.champion();
  if (wanted == "winner") {
    RIDGE_TRY(const CandidateId id, winner_of(store));
    if (const Record* record = store.find(id)) return record;
  }
  if (const Record* record = store.find(wanted)) return record;
  std::vector<CandidateId> fitting;
  for (const CandidateId& id : store.evaluated())
    if (id.starts_with(wanted)) fitting.push_back(id);
  if (fitting.size() == 1) return store.find(fitting.front());
  if (fitting.empty())
    return fail(Error::Kind::usage, "{}: no such candidate in {} (also: seed, best, champion, winner)", wanted,
                store.folder());
  return fail(Error::Kind::usage, "{}: begins the ids of {} candidates; write more of it", wanted, fitting.size());
}

Interrupt::Interrupt(const char* text) {
  stop_asked = false;
  stop_text = text;
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, &before_int);
  sigaction(SIGTERM, &action, &before_term);
}

Interrupt::~Interrupt() {
  sigaction(SIGINT, &before_int, nullptr);
  sigaction(SIGTERM, &before_term, nullptr);
}

const std::atomic<bool>& Interrupt::asked() const {
  return stop_asked;
}

Result<Catalog> open_catalog(const Options& options) {
  if (!options.tasks.empty()) return Catalog::open(options.tasks);
  RIDGE_TRY(const std::string root, resource_root());
  return Catalog::open(root + "/tasks");
}

Result<std::shared_ptr<const Task>> find_task(const Options& options, const std::string& name) {
  RIDGE_TRY(const Catalog catalog, open_catalog(options));
  RIDGE_TRY(Task task, catalog.find(name));
  return std::make_shared<const Task>(std::move(task));
}

void JsonListener::on_event(const Event& event) {
  out_ << json_line(event) << std::endl;
}

void ProgressListener::on_event(const Event& event) {
  if (const auto* note = std::get_if<Note>(&event.body)) printer_.line("  note: " + printable(note->text, 400));
  if (const auto* gate = std::get_if<GateAttempt>(&event.body); gate && !gate->passed)
    printer_.line(fmt::format("  gate: attempt {} failed: {}", gate->attempt, describe(gate->reason)));
}

void ProgressListener::on_progress(const Progress& p) {
  printer_.show({p.elapsed_s, p.left_s, p.evaluations, p.failed, p.per_second, p.best, p.best_is_screened, p.parameters,
                 p.phase});
}

void StatusLine::set(const std::string& text) {
  if (!terminal_.live) return;
  terminal_.out << "\r\x1b[K" << fit(printable(text, 400), terminal_.columns ? terminal_.columns - 1 : 400)
                << std::flush;
  shown_ = true;
}

void StatusLine::clear() {
  if (shown_) terminal_.out << "\r\x1b[K" << std::flush;
  shown_ = false;
}

std::string winner_file(const std::string& folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.path().stem() == "winner" && dialect_of_extension(entry.path().extension().string().substr(1)))
      return entry.path().string();
  return "";
}

Result<void> close_run(const Summary& summary, const std::string& folder, const Options& options, Terminal& terminal) {
  std::string report;
  if (!options.no_report) {
    RIDGE_TRY(const RunData run, read_run(folder));
    RIDGE_TRY(report, write_report(run, options.html));
  }
  terminal.out << (options.json ? json_line(summary) + "\n" : summary_text(summary, winner_file(folder), report))
               << std::flush;
  return {};
}

}  // namespace ridge
