// Sentinels: every so many duels the champion fights itself. Whatever such a duel shows is the machine's or ours, and a
// search that goes on for hours should know when its measuring has gone astray.
#include <cmath>

#include "measure/duel.h"
#include "measure/summary.h"
#include "session/internal/state.h"

namespace ridge {
namespace {

constexpr std::size_t duels_between = 8;
constexpr std::size_t blocks = 8, blocks_per_process = 2;
constexpr double most_share = 0.03;  // of the elapsed time
constexpr double time_limit_s = 2;

std::vector<double> block_logs(const Session::State& s, const DuelRecord& duel) {
  std::vector<double> weights, logs;
  for (const std::string& name : duel.workloads) {
    const Workload* w = s.task().workload(name);
    weights.push_back(w ? w->weight : 1);
  }
  for (const auto& block : duel.visits) {
    std::vector<double> row;
    for (const auto& visits : block) row.push_back(measure::block_log(visits));
    const double log = measure::weighted_mean(row, weights);
    if (std::isfinite(log)) logs.push_back(log);
  }
  return logs;
}

}  // namespace

Result<void> watch(Session::State& s, const std::atomic<bool>& stop) {
  if (stop || s.duels_since_sentinel < duels_between || s.sentinel_s > most_share * s.elapsed()) return {};
  RIDGE_TRY(const Record* const champion, champion_of(s));
  const Record* const who = champion ? champion : s.view().seed();
  if (!who || !who->ok()) return {};
  DuelJob job;
  job.incumbent = job.candidate = who->candidate;
  job.purpose = sentinel_purpose;
  job.looks = {blocks};
  job.blocks_per_process = blocks_per_process;
  job.time_limit_s = time_limit_s;
  s.duels_since_sentinel = 0;  // one that is not answered is not asked for again at once
  RIDGE_TRY(std::vector<JudgeResult> answers, answers_to(s, std::move(job), s.sentinel_s));
  for (JudgeResult& answer : answers) {
    // Alone the candidate may be another program than in its unit: the evaluator then screens it again.
    if (auto* screened = std::get_if<Evaluation>(&answer)) RIDGE_TRY_VOID(record(s, std::move(*screened)));
    auto* duel = std::get_if<DuelRecord>(&answer);
    if (!duel) continue;
    // A fault is for the duels that matter to find: here it would blame whoever happened to be asked.
    const bool measured = duel->outcome != DuelOutcome::failed && duel->outcome != DuelOutcome::voided;
    const std::vector<double> logs = measured ? block_logs(s, *duel) : std::vector<double>();
    RIDGE_TRY_VOID(record(s, std::move(*duel)));
    if (const std::string beyond = s.sentinels.add(logs, blocks_per_process); !beyond.empty())
      RIDGE_TRY_VOID(record(s, Note{"sentinel: " + beyond}));
  }
  return {};
}

}  // namespace ridge
