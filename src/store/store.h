// The archive on SQLite: one file, run.db, in the run's folder. Invariants:
//   - append is one transaction; when it returns, a kill of the process loses nothing of it (WAL, synchronous=NORMAL).
//   - The database is only ever appended to. What cannot be read is reported and left as it is.
//   - One process writes a run (advisory lock on run.lock); any number read it meanwhile.
//   - Sources and plans are stored once and, in memory, shared by all candidates that have them.
// The views are rebuilt by replay when a run is opened. Not thread-safe: one owner.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "model/archive.h"

namespace ridge {

class Store : public Archive {
 public:
  static constexpr int kFormat = 1;
  static constexpr const char* kFile = "run.db";

  // A new run; the folder is made when it is missing, and must not hold a run.
  static Result<std::unique_ptr<Store>> create(const std::string& folder);
  // To go on with a run.
  static Result<std::unique_ptr<Store>> open(const std::string& folder);
  // To look at a run, also at one that is being written: shows what was there at this moment. append is an error.
  static Result<std::unique_ptr<Store>> open_read_only(const std::string& folder);
  ~Store() override;

  Result<std::int64_t> append(Event event) override;
  // Every event after `after`, in order; stops at the first error of the callback.
  Result<void> events(const std::function<Result<void>(const Event&)>& each, std::int64_t after = 0) const;

  const std::string& folder() const;
  double elapsed_s() const;
  std::int64_t last_seq() const;

  const Record* find(const CandidateId& id) const override;
  std::span<const CandidateId> evaluated() const override;
  const Record* best() const override;
  const Record* champion() const override;
  const Record* seed() const override;
  std::vector<const Record*> top(std::size_t n) const override;
  std::size_t count(Verdict v) const override;
  std::size_t evaluations() const override;
  std::size_t duplicates() const override;

 private:
  struct State;
  explicit Store(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace ridge
