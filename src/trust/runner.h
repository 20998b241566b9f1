// Runs the museum's programs and the good corpus through the evaluator, as far as a champion goes: screening with
// fresh draws (evaluate), then confirmation with its examinations, then the gate. A program should be caught somewhere
// on the way; an honest kernel should not be.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "device/device.h"
#include "evaluate/evaluator.h"
#include "trust/museum.h"

namespace ridge {

enum class MuseumStage : std::uint8_t { screening, confirmation, gate, passed };
std::string_view name(MuseumStage s);

struct MuseumOutcome {
  std::string id;
  Verdict verdict = Verdict::ok;  // ok: it came through everything
  Reason reason = Reason::none;
  MuseumStage stage = MuseumStage::passed;  // where it was stopped
  std::string mechanism;  // a program's: the one that its manifest names; what failed at confirmation by its own name
  std::string text;       // what was said about it
  std::vector<TrustCheck> checks;  // of its confirmation, if it came so far
  bool as_expected = false;        // a program: verdict and reason of its manifest; a kernel: passed everything
  std::string skipped;             // why it cannot be run on this machine; then nothing else is filled in
  double seconds = 0;
};
// "wrong_result mismatch" or "ok": what manifests write.
std::string outcome_text(const MuseumOutcome& o);

struct MuseumSettings {
  double screen_seconds = 0.005;  // measuring time per workload: verdicts do not hang on it
  // Of the duels. A program has to be called often enough to begin to cheat; with an honest kernel nothing hangs on it.
  double visit_seconds = 0.005, honest_visit_seconds = 0.0005;
  // No new stretch of a duel's blocks after so long; at least four blocks are fought.
  double duel_seconds = 5, honest_duel_seconds = 0;
  std::function<void(const std::string&)> progress = {};  // short phrases of the evaluator: "confirming c:9f3a…"
  MechanismSwitches mechanisms = {};
};

class MuseumRunner {
 public:
  // References are compiled and evaluators opened when their task is first needed, and kept.
  MuseumRunner(Museum museum, Device& device, MuseumSettings settings = {});
  ~MuseumRunner();

  const Museum& museum() const { return museum_; }

  // An Error is the world's or the manifest's: a task that cannot be opened, a program whose plan cannot be read.
  Result<MuseumOutcome> run(const MuseumProgram& program);
  Result<MuseumOutcome> run(const GoodKernel& kernel);

 private:
  struct Place;
  Result<Place*> place(const std::string& task, double time_limit_s, double visit_seconds);
  Result<MuseumOutcome> through_everything(Place& place, const std::string& path, const std::string& name,
                                           const std::map<std::string, std::string>& parameters, double duel_seconds);
  std::string missing(const std::vector<MuseumNeed>& needs) const;

  Museum museum_;
  Device& device_;
  MuseumSettings settings_;
  std::map<std::tuple<std::string, double, double>, std::unique_ptr<Place>> places_;
};

}  // namespace ridge
