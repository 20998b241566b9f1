// Policies choose: which parents, which operator, how many. They read the archive's view and follow events; they make
// nothing and run nothing. Given the same events and the same generator they decide the same, so a run's decisions can
// be replayed.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/settings.h"
#include "model/archive.h"

namespace ridge {

struct Decision {
  std::string op;    // a row of the operator table
  std::string mode;  // one of its modes
  std::vector<CandidateId> parents;
  std::size_t wanted = 1;
  std::string why = {};    // for people
  Settings settings = {};  // of the mode, where it has any
};

class Policy {
 public:
  virtual ~Policy() = default;
  // At most `slots` candidates are wanted in all. Fewer, or none, while results are awaited that the next choice
  // depends on.
  virtual std::vector<Decision> plan(const ArchiveView& view, std::size_t slots, Rng& rng) = 0;
  // Every event of the run in order, also those of before a resume, and before the next plan.
  virtual void observe(const Event&) {}
  // The operator had nothing new for this decision.
  virtual void note_empty(const Decision&) {}
  // Nothing new can come from this policy: with nothing in flight the search is over. Meaningful after a plan that was
  // empty.
  virtual bool exhausted() const { return false; }
};

struct PolicyRow {
  std::string_view name, description;
  std::span<const Setting> settings;
  std::function<std::unique_ptr<Policy>(const Settings& complete)> make;
};
// Every policy of this build; the first is the default. A new one is a file pair and a row; every optimiser is one.
std::span<const PolicyRow> policies();
// Settings that are not given get their standard; unknown names and values out of range are errors.
Result<std::unique_ptr<Policy>> make_policy(std::string_view name, const Settings& given = {});

}  // namespace ridge
