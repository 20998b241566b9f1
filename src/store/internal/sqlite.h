// The little of SQLite that the store needs, with Results in place of codes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace ridge {

class Statement {
 public:
  explicit Statement(sqlite3_stmt* stmt) : stmt_(stmt) {}
  Statement(Statement&& other) noexcept : stmt_(std::exchange(other.stmt_, nullptr)) {}
  Statement& operator=(Statement&& other) noexcept {
    std::swap(stmt_, other.stmt_);
    return *this;
  }
  ~Statement();

  // Parameters are numbered from 1, columns from 0. Bound text is copied.
  Statement& bind(int parameter, std::string_view text);
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, double value);
  Statement& bind_or_null(int parameter, std::string_view text);  // empty is NULL
  // True: a row is there. False: done; the statement may be bound and run again.
  Result<bool> step();
  Result<void> run();  // to its end
  void reset();
  std::string text(int column) const;
  std::int64_t integer(int column) const;

 private:
  sqlite3_stmt* stmt_;
};

class Database {
 public:
  enum class Mode { create, write, read };
  // `patience_s`: how long it waits for somebody who has it locked (a reader may hold a checkpoint up for a moment).
  static Result<Database> open(const std::string& path, Mode mode, double patience_s = 10);
  Result<Statement> prepare(std::string_view sql);
  Result<void> execute(const std::string& sql);  // one or more statements without results
  const std::string& path() const { return path_; }

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  std::unique_ptr<sqlite3, Close> db_;
  std::string path_;
};

}  // namespace ridge
