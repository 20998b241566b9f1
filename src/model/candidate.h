// A candidate: source, plan, parameter values, flags and lineage. Never edited; its id is the hash of its content (not
// of its lineage).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "kernel/plan.h"
#include "kernel/space.h"
#include "model/task.h"

namespace ridge {

using CandidateId = std::string;  // "c:" and 16 hexadecimal digits

struct Candidate {
  CandidateId id;
  Dialect dialect = Dialect::cpp;
  std::string file;  // how messages name the source
  std::shared_ptr<const std::string> source;
  std::shared_ptr<const Plan> plan;
  Parameters parameters;           // every tunable of the plan
  std::vector<std::string> flags;  // as the compiler gets them
  std::string compiler;            // "g++", "clang++", or empty for the device's default
  std::vector<CandidateId> parents;
  std::string op;   // operator that made it: "seed", "template", "tune", …
  std::string why;  // "TILE 16→32"
};

// What an operator returns: the session seals it into a candidate.
struct Draft {
  std::shared_ptr<const std::string> source;
  std::shared_ptr<const Plan> plan;
  std::string file;
  Dialect dialect = Dialect::cpp;
  Parameters parameters;
  std::vector<CandidateId> parents;
  std::string op, why;
};

// Fills tunables that the draft left out (declared defaults), flags (the plan's, then FLAGS; the task's default where
// neither says anything), compiler (COMPILER) and the id.
Candidate seal(const Task& task, Draft draft);
// A source as a candidate, with the defaults of its tunables where `given` says nothing; `flags` replace those of plan
// and task where there are any. An Error when the plan cannot be read or the values do not fit it.
Result<Candidate> candidate_of(const Task& task, const TaskSource& source, const Scope& device, std::string op,
                               const Parameters& given = {}, const std::vector<std::string>& flags = {});
// Hash of dialect, source, plan, parameters, flags and compiler. File name and lineage are not content.
CandidateId identify(const Candidate& candidate);
// The macros the source sees: every tunable but FLAGS and COMPILER.
std::vector<std::pair<std::string, std::string>> macros(const Candidate& candidate);

// The candidate as a file of its own: its source, with a plan whose defaults are the chosen values, so that
// `ridgeline check TASK FILE` judges just this.
std::string standalone_source(const Candidate& candidate);

nlohmann::json to_json(const Candidate& candidate, bool with_source);
Result<Candidate> candidate_from_json(const nlohmann::json& json);  // needs the source
// For readers that keep sources and plans elsewhere, shared between candidates.
Result<Candidate> candidate_from_json(const nlohmann::json& json, std::shared_ptr<const std::string> source,
                                      std::shared_ptr<const Plan> plan);
nlohmann::json to_json(const Parameters& parameters);

}  // namespace ridge
