// What several commands need: the catalog, the interrupt, listeners that print, and the closing words of a search.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "model/summary.h"
#include "report/console.h"
#include "session/session.h"
#include "store/store.h"

namespace ridge {

// The suites of --tasks, else those that came with the program.
Result<Catalog> open_catalog(const Options& options);
// A name of the catalog or a folder anywhere; an unknown name is a usage error with the nearest known one.
Result<std::shared_ptr<const Task>> find_task(const Options& options, const std::string& name);

// While one lives, the first SIGINT or SIGTERM asks for a stop and a second one ends the program at once.
class Interrupt {
 public:
  // `text`: what the first one says, a literal.
  explicit Interrupt(const char* text =
                         "stopping after what is in flight; once more leaves at once (the run can be "
                         "resumed either way)");
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  const std::atomic<bool>& asked() const;
};

// Prints events as JSON lines.
class JsonListener : public Listener {
 public:
  explicit JsonListener(std::ostream& out) : out_(out) {}
  void on_event(const Event& event) override;

 private:
  std::ostream& out_;
};

// Keeps the progress line, and says in a line of its own what a person would want to keep.
class ProgressListener : public Listener {
 public:
  explicit ProgressListener(Terminal& terminal) : printer_(terminal.out, terminal.live, terminal.columns) {}
  void on_event(const Event& event) override;
  void on_progress(const Progress& progress) override;
  void done() { printer_.done(); }

 private:
  ProgressPrinter printer_;
};

// What is being done now: a line that overwrites itself on a terminal, nothing in a pipe.
class StatusLine {
 public:
  explicit StatusLine(Terminal& terminal) : terminal_(terminal) {}
  ~StatusLine() { clear(); }
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;
  void set(const std::string& text);
  void clear();

 private:
  Terminal& terminal_;
  bool shown_ = false;
};

// A candidate of a run: its id, the beginning of one that only one candidate has, or seed, best, champion or winner.
Result<const Record*> find_candidate(const Store& store, const std::string& wanted);

// The run's winner.* file, or empty.
std::string winner_file(const std::string& folder);
// Writes the report (unless told not to) and prints the summary: the last line of --json, or the table.
Result<void> close_run(const Summary& summary, const std::string& folder, const Options& options, Terminal& terminal);

}  // namespace ridge
