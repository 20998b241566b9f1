#include "cli/support.h"

#include <csignal>
#include <filesystem>
#include <ostream>

#include <unistd.h>

#include "base/paths.h"
#include "report/format.h"
#include "report/html.h"
#include "report/jsonl.h"

namespace ridge {
namespace {

std::atomic<bool> stop_asked = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch lock-free atomics");
struct sigaction before_int, before_term;

// Only what is safe inside a signal handler: an atomic, write and _exit.
void on_signal(int signal) {
  if (stop_asked.exchange(true)) _exit(128 + signal);
  static constexpr char text[] =
      "\nstopping after what is in flight; once more leaves at once (the run can be resumed either way)\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, text, sizeof text - 1);
}

}  // namespace

Interrupt::Interrupt() {
  stop_asked = false;
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
