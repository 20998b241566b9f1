#include "store/internal/content.h"

#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "model/json.h"

namespace ridge {
namespace {

// The prefix keeps a source that happens to be a plan's JSON apart from the plan.
std::string source_hash(const std::string& text) {
  return "s:" + hex(hash_text(text));
}
std::string plan_hash(const std::string& text) {
  return "p:" + hex(hash_text(text));
}

Result<void> write(Database& db, const std::string& hash, std::string_view text) {
  RIDGE_TRY(Statement insert, db.prepare("INSERT OR IGNORE INTO sources(hash, text) VALUES(?, ?)"));
  return insert.bind(1, hash).bind(2, text).run();
}

Result<std::string> read(Database& db, const std::string& hash) {
  RIDGE_TRY(Statement select, db.prepare("SELECT text FROM sources WHERE hash = ?"));
  RIDGE_TRY(const bool found, select.bind(1, hash).step());
  if (!found) return invalid("{}: no source or plan {}", db.path(), hash);
  return select.text(0);
}

}  // namespace

Result<std::shared_ptr<const std::string>> Content::source(Database& db, const std::string& hash) {
  if (const auto it = sources_.find(hash); it != sources_.end()) return it->second;
  RIDGE_TRY(std::string text, read(db, hash));
  if (source_hash(text) != hash) return invalid("{}: source {} has been changed", db.path(), hash);
  auto shared = std::make_shared<const std::string>(std::move(text));
  hash_of_.emplace(shared.get(), hash);
  return sources_.emplace(hash, std::move(shared)).first->second;
}

Result<std::shared_ptr<const Plan>> Content::plan(Database& db, const std::string& hash) {
  if (const auto it = plans_.find(hash); it != plans_.end()) return it->second;
  RIDGE_TRY(const std::string text, read(db, hash));
  if (plan_hash(text) != hash) return invalid("{}: plan {} has been changed", db.path(), hash);
  RIDGE_TRY(const nlohmann::json json, parse_json(text, hash));
  RIDGE_TRY(Plan plan, plan_from_json(json));
  auto shared = std::make_shared<const Plan>(std::move(plan));
  hash_of_.emplace(shared.get(), hash);
  return plans_.emplace(hash, std::move(shared)).first->second;
}

Result<std::string> Content::keep(Database& db, std::shared_ptr<const std::string>& source) {
  if (const auto it = hash_of_.find(source.get()); it != hash_of_.end()) return it->second;
  const std::string hash = source_hash(*source);
  const auto [it, is_new] = sources_.try_emplace(hash, source);
  if (is_new) hash_of_.emplace(source.get(), hash);
  source = it->second;
  RIDGE_TRY_VOID(write(db, hash, *source));
  return hash;
}

Result<std::string> Content::keep(Database& db, std::shared_ptr<const Plan>& plan) {
  if (const auto it = hash_of_.find(plan.get()); it != hash_of_.end()) return it->second;
  const std::string text = dump_json(to_json(*plan));
  const std::string hash = plan_hash(text);
  const auto [it, is_new] = plans_.try_emplace(hash, plan);
  if (is_new) hash_of_.emplace(plan.get(), hash);
  plan = it->second;
  RIDGE_TRY_VOID(write(db, hash, text));
  return hash;
}

}  // namespace ridge
