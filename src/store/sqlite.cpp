#include "store/internal/sqlite.h"

#include <filesystem>

#include <sqlite3.h>
#include <unistd.h>

namespace ridge {
namespace {

std::unexpected<Error> failure(sqlite3* db, const std::string& path) {
  const int code = sqlite3_errcode(db) & 0xff;
  const bool content = code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
  const char* what_to_do = content               ? " (the file is left as it is; restore it from a copy)"
                           : code == SQLITE_BUSY ? " (another program holds it: close that, then resume the run)"
                           : code == SQLITE_FULL || code == SQLITE_IOERR
                               ? " (make room on the disk, then resume the run)"
                               : "";
  return fail(content ? Error::Kind::invalid : Error::Kind::world, "{}: {}{}", path, sqlite3_errmsg(db), what_to_do);
}

// Characters that mean something in a file: URI.
std::string uri(const std::string& path) {
  std::string out = "file:";
  for (const char c : path) {
    if (c == '?' || c == '#' || c == '%') {
      out += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

Statement::~Statement() {
  sqlite3_finalize(stmt_);
}

Statement& Statement::bind(int parameter, std::string_view text) {
  RIDGE_CHECK(sqlite3_bind_text64(stmt_, parameter, text.empty() ? "" : text.data(), text.size(), SQLITE_TRANSIENT,
                                  SQLITE_UTF8) == SQLITE_OK,
              "binding text");
  return *this;
}
Statement& Statement::bind(int parameter, std::int64_t value) {
  RIDGE_CHECK(sqlite3_bind_int64(stmt_, parameter, value) == SQLITE_OK, "binding an integer");
  return *this;
}
Statement& Statement::bind(int parameter, double value) {
  RIDGE_CHECK(sqlite3_bind_double(stmt_, parameter, value) == SQLITE_OK, "binding a real");
  return *this;
}
Statement& Statement::bind_or_null(int parameter, std::string_view text) {
  if (!text.empty()) return bind(parameter, text);
  RIDGE_CHECK(sqlite3_bind_null(stmt_, parameter) == SQLITE_OK, "binding NULL");
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(stmt_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    reset();
    return false;
  }
  sqlite3* db = sqlite3_db_handle(stmt_);
  const char* name = sqlite3_db_filename(db, "main");
  auto error = failure(db, name ? name : "database");  // before reset, which may change what the message says
  reset();
  return error;
}

Result<void> Statement::run() {
  for (;;) {
    RIDGE_TRY(const bool row, step());
    if (!row) return {};
  }
}

void Statement::reset() {
  sqlite3_reset(stmt_);
}

std::string Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(stmt_, column));
  return bytes ? std::string(bytes, std::size_t(sqlite3_column_bytes(stmt_, column))) : std::string();
}
std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(stmt_, column);
}

void Database::Close::operator()(sqlite3* db) const {
  sqlite3_close_v2(db);
}

Result<Database> Database::open(const std::string& path, Mode mode, double patience_s) {
  Database out;
  out.path_ = path;
  int flags = SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE;
  std::string name = uri(path);
  switch (mode) {
    case Mode::create:
      flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
      break;
    case Mode::write:
      flags |= SQLITE_OPEN_READWRITE;
      break;
    case Mode::read:
      flags |= SQLITE_OPEN_READONLY;
      // A finished run in a folder that may not be written (an archive, another user's): there is no log to look into,
      // and SQLite could not make the shared index that it otherwise wants.
      if (!std::filesystem::exists(path + "-wal") &&
          ::access(std::filesystem::path(path).parent_path().c_str(), W_OK) != 0)
        name += "?immutable=1";
      break;
  }
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &db, flags, nullptr);
  out.db_.reset(db);
  if (code != SQLITE_OK) return failure(db, path);
  sqlite3_busy_timeout(db, int(patience_s * 1e3));
  return out;
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* stmt = nullptr;
  if (sqlite3_prepare_v3(db_.get(), sql.data(), int(sql.size()), SQLITE_PREPARE_PERSISTENT, &stmt, nullptr) !=
      SQLITE_OK)
    return failure(db_.get(), path_);
  return Statement(stmt);
}

Result<void> Database::execute(const std::string& sql) {
  if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return failure(db_.get(), path_);
  return {};
}

}  // namespace ridge
