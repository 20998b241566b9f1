// Task folders: reading them, checking them, finding them by name. A task that was read is right in everything that can
// be known without compiling its reference.
#pragma once

#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "model/task.h"

namespace ridge {

// Reads and checks a task's folder. `id` defaults to the folder's name; messages name files under `folder` as it was
// given.
Result<Task> read_task(const std::string& folder, const std::string& id = "");

// task.toml alone: everything but id, folder, the texts of files, and the digest.
Result<Task> parse_task(const std::string& toml, const std::string& file);

// Of everything in a task but its folder: equal tasks are equal here, wherever they lie.
Digest digest_of(const Task& task);

// Limits under which the plans that come with a task are checked; a device may allow less.
PlanLimits usual_limits(Dialect dialect);

// A workload of the held-out family. Reals have a value that the symbol's type holds, so that everyone computes with
// the same one. An error if the family's limit holds for none of many draws.
Result<Workload> draw_workload(const Task& task, Rng& rng, const std::string& name);

// The tasks under a folder: suite/name, each with a task.toml.
class Catalog {
 public:
  static Result<Catalog> open(const std::string& root);
  std::vector<std::string> ids() const { return ids_; }  // sorted
  // "suite/name", a bare name that only one suite has, or a folder with a task.toml anywhere.
  Result<Task> find(const std::string& name) const;
  const std::string& root() const { return root_; }

 private:
  std::string root_;
  std::vector<std::string> ids_;
};

}  // namespace ridge
