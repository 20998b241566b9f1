#include "store/overview.h"

#include <algorithm>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "model/json.h"
#include "store/internal/lock.h"
#include "store/internal/schema.h"
#include "store/store.h"

namespace ridge {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_files = 10'000;

std::uint64_t bytes_of(const std::string& folder) {
  std::uint64_t bytes = 0;
  std::size_t files = 0;
  std::error_code error;
  // Links are not followed: their targets are no part of the run, and a link to a parent would never end.
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end && files < most_files;
       it.increment(error)) {
    std::error_code ignored;
    if (!it->is_regular_file(ignored) || it->is_symlink(ignored)) continue;
    const std::uintmax_t size = it->file_size(ignored);
    if (!ignored) bytes += size;
    ++files;
  }
  return bytes;
}

// A member of an event's JSON as text of its own; empty when there is none.
std::string member(const std::string& event, const char* key) {
  const auto json = parse_json(event, "event");
  if (!json || !json->is_object()) return "";
  const auto it = json->find(key);
  if (it == json->end()) return "";
  return it->is_string() ? it->get<std::string>() : dump_json(*it);
}

Result<std::string> first_text(Database& db, const char* sql) {
  RIDGE_TRY(Statement select, db.prepare(sql));
  RIDGE_TRY(const bool row, select.step());
  return row ? select.text(0) : std::string();
}
Result<std::int64_t> first_integer(Database& db, const char* sql) {
  RIDGE_TRY(Statement select, db.prepare(sql));
  RIDGE_TRY(const bool row, select.step());
  return row ? select.integer(0) : std::int64_t{0};
}

Result<void> read_into(RunOverview& out) {
  const std::string file = out.folder + "/" + Store::kFile;
  std::error_code error;
  if (!fs::is_regular_file(file, error)) return invalid("{}: no run here (no {})", out.folder, Store::kFile);
  RIDGE_TRY(Database db, Database::open(file, Database::Mode::read));
  RIDGE_TRY_VOID(check_file(db, Store::kFormat));
  RIDGE_TRY(out.events, first_integer(db, "SELECT COUNT(*) FROM events"));
  RIDGE_TRY(out.evaluations, first_integer(db, "SELECT COUNT(*) FROM events WHERE kind = 'evaluation'"));
  RIDGE_TRY(out.promotions, first_integer(db, "SELECT COUNT(*) FROM events WHERE kind = 'promoted'"));
  RIDGE_TRY(const std::string started,
            first_text(db, "SELECT json FROM events WHERE kind = 'run_started' ORDER BY seq LIMIT 1"));
  out.started_json = member(started, "spec");
  RIDGE_TRY(const std::string last, first_text(db, "SELECT json FROM events ORDER BY seq DESC LIMIT 1"));
  if (const auto json = parse_json(last, "event"); json && json->is_object()) {
    if (const auto it = json->find("time"); it != json->end() && it->is_string()) out.last_time = *it;
    if (const auto it = json->find("elapsed_s"); it != json->end() && it->is_number()) out.elapsed_s = *it;
    if (const auto it = json->find("event"); it != json->end() && *it == "run_stopped") {
      out.summary_json = member(last, "summary");
      out.state =
          member(last, "stopped_by") == "interrupt" ? RunOverview::State::interrupted : RunOverview::State::finished;
      return {};
    }
  }
  out.state = RunOverview::State::interrupted;
  return {};
}

}  // namespace

std::string_view name(RunOverview::State state) {
  switch (state) {
    case RunOverview::State::running:
      return "running";
    case RunOverview::State::finished:
      return "finished";
    case RunOverview::State::interrupted:
      return "interrupted";
    case RunOverview::State::broken:
      return "broken";
  }
  return "broken";
}

bool resumable(const RunOverview& run) {
  return run.state == RunOverview::State::interrupted && !run.started_json.empty();
}

RunOverview overview(const std::string& folder) {
  RunOverview out;
  out.folder = folder;
  out.bytes = bytes_of(folder);
  if (auto read = read_into(out); !read) {
    out.state = RunOverview::State::broken;
    out.fault = read.error().message;
  }
  // A run that is just being made has a lock before it has tables.
  if (RunLock::held(folder)) out.state = RunOverview::State::running;
  return out;
}

std::vector<std::string> run_folders(const std::string& root) {
  std::vector<std::pair<fs::file_time_type, std::string>> found;
  std::error_code error;
  for (fs::directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (!it->is_directory(ignored)) continue;
    bool run = false;
    fs::file_time_type newest = fs::file_time_type::min();
    for (const char* file : {Store::kFile, "run.db-wal", "run.lock", "summary.json"}) {
      const fs::path path = it->path() / file;
      if (!fs::is_regular_file(path, ignored)) continue;
      run = true;
      const auto written = fs::last_write_time(path, ignored);
      if (!ignored) newest = std::max(newest, written);
    }
    if (run) found.emplace_back(newest, it->path().string());
  }
  std::sort(found.rbegin(), found.rend());
  std::vector<std::string> folders;
  for (auto& [time, folder] : found) folders.push_back(std::move(folder));
  return folders;
}

}  // namespace ridge
