// Sources and plans by content hash: each is kept once in the database and once in memory.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "kernel/plan.h"
#include "store/internal/sqlite.h"

namespace ridge {

class Content {
 public:
  // The stored value of a hash; read on first use.
  Result<std::shared_ptr<const std::string>> source(Database& db, const std::string& hash);
  Result<std::shared_ptr<const Plan>> plan(Database& db, const std::string& hash);
  // Replaces the pointer by the shared one and gives its hash; the text is written if it is new.
  Result<std::string> keep(Database& db, std::shared_ptr<const std::string>& source);
  Result<std::string> keep(Database& db, std::shared_ptr<const Plan>& plan);

 private:
  // Values known by address need no hashing: most candidates of a run share a few. The addresses are those of values
  // held below.
  std::unordered_map<const void*, std::string> hash_of_;
  std::unordered_map<std::string, std::shared_ptr<const std::string>> sources_;
  std::unordered_map<std::string, std::shared_ptr<const Plan>> plans_;
};

}  // namespace ridge
