#include <filesystem>
#include <ostream>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/support.h"
#include "device/table/table.h"
#include "evaluate/evaluator.h"
#include "model/json.h"
#include "report/format.h"
#include "report/jsonl.h"
#include "session/assemble.h"

namespace ridge {
namespace {

// A certificate's file, or a run that has one.
Result<std::string> certificate_file(const std::string& given) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (fs::is_regular_file(given, ignored)) return given;
  auto run = find_run(given);
  if (!run) return fail(Error::Kind::usage, "{}: neither a certificate nor a run: {}", given, run.error().message);
  const std::string file = *run + "/" + Certificate::kFile;
  if (!fs::exists(file, ignored))
    return fail(Error::Kind::usage, "{}: has no {}: nothing was certified, or it has not ended", *run,
                Certificate::kFile);
  return file;
}

// The task of the certificate: where --task says, where it lay, or by its name in the catalog. Another content under
// the same name would judge another claim.
Result<std::shared_ptr<const Task>> task_of(const Certificate& c, const Options& options, const std::string& file) {
  const bool there = std::filesystem::exists(c.task_folder + "/task.toml");
  RIDGE_TRY(auto task, find_task(options, !options.task.empty() ? options.task : there ? c.task_folder : c.task));
  if (hex(task->digest) != c.task_digest)
    return invalid(
        "{}: the task {} has changed since: its digest is {}…, the certificate's {}…. Name the folder of the right one "
        "with --task",
        file, task->folder, hex(task->digest, 12), c.task_digest.substr(0, 12));
  return task;
}

std::string verdict_sentence(const Certificate& c, const Verification& v) {
  switch (v.outcome) {
    case VerifyOutcome::confirmed:
      return fmt::format("confirmed: {} is {} faster than the seed of {} (certified: {})", c.winner.candidate.id,
                         interval_text(v.duel->ratio), c.task, interval_text(v.recorded));
    case VerifyOutcome::different_machine:
      return fmt::format(
          "different machine: {} is right here too; it measures {} here, {} was certified there, and neither tells of "
          "the other",
          c.winner.candidate.id, interval_text(v.duel->ratio), interval_text(v.recorded));
    case VerifyOutcome::not_confirmed:
      break;
  }
  return fmt::format("not confirmed: {}; certified: {}, now: {}", c.winner.candidate.id, interval_text(v.recorded),
                     v.duel ? interval_text(v.duel->ratio) : "not measured");
}

}  // namespace

Result<int> verify_command(const Options& options, Terminal& terminal) {
  RIDGE_TRY(const std::string file, certificate_file(options.argument(0)));
  RIDGE_TRY(const std::string text, read_file(file));
  RIDGE_TRY(const nlohmann::json json, parse_json(text, file));
  auto read = certificate_from_json(json);
  if (!read) return within(file, read.error());
  const Certificate& c = *read;
  RIDGE_TRY(const auto task, task_of(c, options, file));
  RIDGE_TRY(const auto device, open_device(options.device.empty() ? c.device : options.device));
  RIDGE_TRY(auto oracle, make_oracle(*task));
  EvaluatorSettings settings;
  ProgressPrinter progress(terminal.err, terminal.live, terminal.columns);
  settings.progress = [&](const std::string& phase) {
    ProgressFacts facts;
    facts.phase = phase;
    if (terminal.live && !options.json) progress.show(facts);
  };
  RIDGE_TRY(const auto evaluator,
            Evaluator::open(task, *device, std::move(oracle), Secret::from_entropy(), std::move(settings)));
  RIDGE_TRY(const Verification v, evaluator->verify(c, options.budget_s.value_or(60)));
  progress.done();
  if (options.json) {
    terminal.out << json_line(to_json(v)) << "\n";
  } else {
    TextTable table({"", "what", "found"});
    for (const TrustCheck& f : v.findings)
      table.row({f.outcome == CheckOutcome::held     ? "✓"
                 : f.outcome == CheckOutcome::failed ? "✗"
                                                     : "–",
                 f.mechanism, printable(f.detail, 300)});
    terminal.out << fmt::format("{} of {}, certified {} by {}\n", c.winner.candidate.id, c.task, c.date, c.made_by)
                 << table.text() << verdict_sentence(c, v) << "\n";
  }
  return v.outcome == VerifyOutcome::not_confirmed ? 1 : 0;
}

}  // namespace ridge
