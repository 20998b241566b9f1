// Ready-made assembly: from a run spec to a working session with real parts. The only place that names concrete kinds.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "base/paths.h"
#include "session/session.h"

namespace ridge {

// A new run: makes the folder (runs/<name>-<date>-<time> when spec.folder is empty), store, device, oracle, evaluator;
// runs; writes winner source, summary.json and returns the summary. `spec` comes back completed.
Result<Summary> start_run(RunSpec& spec, const std::atomic<bool>& stop, const std::vector<Listener*>& listeners);
// Goes on with a run that was stopped or killed. `more` replaces the budget when given.
Result<Summary> resume_run(const std::string& folder, const Budget* more, const std::atomic<bool>& stop,
                           const std::vector<Listener*>& listeners);
// Folders with a run.db under `root`, newest first.
std::vector<std::string> list_runs(const std::string& root = "runs");
// "runs/nbody-20261122-150405", "nbody-20261122-150405", or "last".
Result<std::string> find_run(const std::string& name, const std::string& root = "runs");
}  // namespace ridge
