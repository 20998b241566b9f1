// A session: the living loop over a run. It is the only place that holds policy, operators, judge and archive together.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/archive.h"
#include "model/judge.h"
#include "model/summary.h"
#include "operate/operator.h"
#include "policy/policy.h"

namespace ridge {

struct Budget {
  double wall_s = 60;            // the search; a fifth of it is kept for confirmation and gate
  std::int64_t evaluations = 0;  // 0 = no limit
};
// Everything that determines a run, stored with it.
struct RunSpec {
  std::string task;  // id
  std::string task_folder;
  DeviceId device = "cpu";
  std::string policy = "bayes";
  std::map<std::string, std::string> policy_settings;
  std::uint64_t seed = 1;
  Budget budget;
  std::string folder;  // run folder
};
nlohmann::json to_json(const RunSpec& spec);
Result<RunSpec> run_spec_from_json(const nlohmann::json& json);

struct Progress {
  double elapsed_s = 0, left_s = 0;
  std::int64_t evaluations = 0, failed = 0;
  double per_second = 0;
  Interval best;  // of the champion, or the best screened score without an interval
  bool best_is_screened = true;
  std::string parameters;  // "WIDE=8 UNROLL=4"
  std::string phase;       // "searching", "confirming", "gate"
};
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void on_event(const Event&) {}
  virtual void on_progress(const Progress&) {}
};

// The parts a session runs with. `assemble` makes the real ones; tests put them together by hand.
struct Parts {
  std::shared_ptr<const Task> task;
  Judge* judge = nullptr;
  Archive* archive = nullptr;
  Policy* policy = nullptr;
  const Clock* clock = nullptr;
  const Scope* device = nullptr;  // dev.* facts
  Dialect dialect = Dialect::cpp;
  std::size_t slots = 8;       // candidates proposed, compiled and judged together, at the beginning
  std::size_t most_slots = 0;  // where candidates are quick, rounds grow up to this, for compilers; 0: never
  double round_s = 1;          // how long a round may take that grows
  std::string started_json;    // what RunStarted records: spec, task digest, environment, commitment to the secret
  std::string secret_commitment = {};   // what RunResumed records
  std::vector<std::string> notes = {};  // recorded at the beginning of this part: what its reader should know
  double sigma_p = 0;                   // between processes, as claims reckon with it: limits of the sentinels
  // Every event of the run so far, in order; empty function for a new run.
  std::function<Result<void>(const std::function<Result<void>(const Event&)>&)> history;
  std::vector<Listener*> listeners;
};

class Session {
 public:
  Session(RunSpec spec, Parts parts);
  struct State;  // session/internal/state.h
  ~Session();
  // What is being done right now, for the progress line.
  void phase(const std::string& text);
  // Starts or goes on (whatever the archive holds), until a budget, exhaustion or `stop` ends it; confirms, gates and
  // sums up.
  Result<Summary> run(const std::atomic<bool>& stop);

 private:
  std::unique_ptr<State> state_;
};

}  // namespace ridge
