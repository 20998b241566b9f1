#include <chrono>
#include <ctime>
#include <filesystem>
#include <ostream>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/support.h"
#include "model/json.h"
#include "report/format.h"
#include "report/jsonl.h"
#include "store/overview.h"

namespace ridge {
namespace {

using Json = nlohmann::json;

// "2026-11-22T15:04:05.123Z" → seconds before now; less than nothing when it cannot be read.
double age_of(const std::string& wall) {
  std::tm utc{};
  if (wall.empty() || !strptime(wall.c_str(), "%Y-%m-%dT%H:%M:%S", &utc)) return -1;
  return std::max(0.0, std::difftime(std::time(nullptr), timegm(&utc)));
}

std::string age_text(double seconds) {
  if (seconds < 0) return "–";
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 2 * 3600) return fmt::format("{:.0f} min", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{:.0f} h", seconds / 3600);
  return fmt::format("{:.0f} d", seconds / 86400);
}

// One line of the list: an overview and what its two JSON texts say.
struct Row {
  RunOverview run;
  std::string task, device;
  std::optional<Summary> summary;
};

Row row_of(const std::string& folder) {
  Row row{overview(folder), "", "", {}};
  if (const auto j = parse_json(row.run.started_json, folder); j && j->is_object()) {
    const Json& spec = j->contains("spec") && (*j)["spec"].is_object() ? (*j)["spec"] : *j;
    for (const auto& [key, out] : {std::pair{"task", &row.task}, std::pair{"device", &row.device}})
      if (const auto it = spec.find(key); it != spec.end() && it->is_string()) *out = it->get<std::string>();
  }
  if (const auto j = parse_json(row.run.summary_json, folder); j)
    if (auto summary = summary_from_json(*j)) row.summary = std::move(*summary);
  return row;
}

std::string claim_words(const Row& row) {
  if (row.run.state == RunOverview::State::broken) return printable(row.run.fault, 300);
  if (row.summary && row.summary->certified) return interval_text(row.summary->certified->speedup);
  if (row.summary && row.run.state == RunOverview::State::finished) return "nothing claimed";
  return row.run.promotions ? "a champion, not confirmed" : "–";
}

std::string state_words(const RunOverview& run) {
  return resumable(run) ? "interrupted, resumable" : std::string(name(run.state));
}

Json row_json(const Row& row) {
  const RunOverview& r = row.run;
  Json j = {{"event", "run"},
            {"run", r.folder},
            {"state", std::string(name(r.state))},
            {"resumable", resumable(r)},
            {"task", row.task.empty() ? Json() : Json(row.task)},
            {"device", row.device.empty() ? Json() : Json(row.device)},
            {"evaluations", r.evaluations},
            {"elapsed_s", r.elapsed_s},
            {"last_time", r.last_time.empty() ? Json() : Json(r.last_time)},
            {"bytes", r.bytes},
            {"summary", row.summary ? to_json(*row.summary) : Json()}};
  if (!r.fault.empty()) j["fault"] = r.fault;
  return j;
}

}  // namespace

Result<int> runs_command(const Options& options, Terminal& terminal) {
  TextTable table({"run", "task", "device", "state", "judged", "age", "size", "claim"});
  std::uint64_t bytes = 0;
  std::size_t resumables = 0, listed = 0;
  for (const std::string& folder : run_folders("runs")) {
    const Row row = row_of(folder);
    ++listed;
    bytes += row.run.bytes;
    resumables += resumable(row.run);
    if (options.json)
      terminal.out << json_line(row_json(row)) << "\n";
    else
      table.row({printable(folder), printable(row.task), printable(row.device), state_words(row.run),
                 grouped(row.run.evaluations), age_text(age_of(row.run.last_time)), human_bytes(double(row.run.bytes)),
                 claim_words(row)});
  }
  if (options.json) return 0;
  if (listed == 0) {
    terminal.out << "no runs in ./runs yet; `ridgeline search TASK` makes one\n";
    return 0;
  }
  terminal.out << table.right(4).right(5).right(6).text("")
               << fmt::format("{} run{}, {}\n", listed, listed == 1 ? "" : "s", human_bytes(double(bytes)));
  if (resumables) terminal.out << "an interrupted run goes on with `ridgeline resume RUN`\n";
  return 0;
}

}  // namespace ridge
