#include "store/internal/schema.h"

namespace ridge {
namespace {

// `sources` holds plans too, as JSON; its hashes say which ("s:" and "p:"). An event about a new candidate keeps the
// candidate in `candidates`, so that it can be found by id without reading the log.
constexpr const char* kTables = R"(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE sources(hash TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;
CREATE TABLE candidates(id TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT;
CREATE TABLE events(seq INTEGER PRIMARY KEY, time TEXT NOT NULL, elapsed_s REAL NOT NULL, kind TEXT NOT NULL,
                    candidate TEXT, verdict TEXT, json TEXT NOT NULL) STRICT;
CREATE INDEX events_by_kind ON events(kind, verdict);
CREATE INDEX events_by_candidate ON events(candidate);
)";

}  // namespace

Result<void> make_tables(Database& db, int format) {
  // The journal mode is a property of the file and cannot change inside a transaction.
  RIDGE_TRY_VOID(db.execute("PRAGMA journal_mode = WAL"));
  return db.execute(
      fmt::format("BEGIN IMMEDIATE; {} INSERT INTO meta VALUES('format', '{}'); COMMIT", kTables, format));
}

Result<void> check_file(Database& db, int format) {
  RIDGE_TRY(Statement sound, db.prepare("PRAGMA quick_check(1)"));
  RIDGE_TRY(const bool answered, sound.step());
  if (!answered || sound.text(0) != "ok")
    return invalid("{}: damaged: {} (the file is left as it is; restore it from a copy)", db.path(), sound.text(0));
  sound.reset();
  RIDGE_TRY(Statement tables, db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'meta'"));
  RIDGE_TRY(const bool has_meta, tables.step());
  if (!has_meta) return invalid("{}: not a run of this program: no table `meta`", db.path());
  tables.reset();
  RIDGE_TRY(Statement meta, db.prepare("SELECT value FROM meta WHERE key = 'format'"));
  RIDGE_TRY(const bool has_format, meta.step());
  const std::string found = has_format ? meta.text(0) : "none";
  if (found != std::to_string(format))
    return invalid("{}: format {}, expected {}: use the version of the program that wrote it", db.path(), found,
                   format);
  return {};
}

}  // namespace ridge
