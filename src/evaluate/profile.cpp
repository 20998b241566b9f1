// profile: what the device's counters say, in a process that is never timed. Nothing here decides anything: it tells a
// person, or whoever proposes the next kernel, what holds this one back.
#include <algorithm>

#include "evaluate/internal/state.h"
#include "measure/bottleneck.h"

namespace ridge {
namespace {

constexpr double survivors_share = 0.05;  // of the time since the evaluator was opened
constexpr double first_profile_s = 1.5;   // with the process that has to be made for it; later ones take what they took

Result<Judged<Counters>> counters_of(Evaluator::State& s, Prepared& p, const Workload& w,
                                     std::vector<Diagnostic>& diagnostics) {
  const double begin = s.seconds_now();
  RIDGE_TRY(auto bench, Bench::open_for_counting(s.place(), p, w));
  if (!bench) return Judged<Counters>(std::unexpected(std::move(bench).error()));
  RIDGE_TRY(auto chosen, (*bench)->choose(w, 1));
  if (!chosen) return Judged<Counters>(std::unexpected(std::move(chosen).error()));
  // One that the candidate has met will do: nothing is timed or judged.
  RIDGE_TRY(const auto window, s.draws.window(w, 1));
  RIDGE_TRY_VOID((*bench)->stage(0, window.front()));
  RIDGE_TRY(auto counted, (*bench)->count(0, {}, s.call_limit(w.name)));
  if (!counted) return Judged<Counters>(std::unexpected(std::move(counted).error()));
  if (!counted->note.empty())
    diagnostics.push_back({"counters", fmt::format("workload {}: not of every kernel: {}", w.name, counted->note)});
  Counters c;
  for (CounterRange& r : counted->ranges) {
    if (r.kernel.empty())
      c.values = std::move(r.values);
    else
      c.kernels.push_back({r.kernel, std::int64_t(r.launches), std::move(r.values)});
  }
  RIDGE_TRY(const MapScope scope, bind(s.task->interface, w.binding));
  RIDGE_TRY(const Number compulsory, s.task->floor.bytes.evaluate(scope));
  c.compulsory_bytes = compulsory.real();
  const double moved = measure::counter(c.values, "dram_read_bytes") + measure::counter(c.values, "dram_write_bytes");
  if (c.compulsory_bytes > 0 && moved > 0) c.traffic_ratio = moved / c.compulsory_bytes;
  const measure::Bottleneck b = measure::bottleneck(c.values, c.traffic_ratio);
  c.limit = b.limit;
  c.why = b.why;
  c.seconds = s.seconds_now() - begin;
  return Judged<Counters>(std::move(c));
}

}  // namespace

Result<void> profile(Evaluator::State& s, Prepared& p, const std::vector<const Workload*>& workloads,
                     std::vector<WorkloadResult>& results, std::vector<Diagnostic>& diagnostics) {
  if (!s.caps.counters || !s.no_counters.empty()) return {};
  for (const Workload* w : workloads) {
    const auto result = std::ranges::find(results, w->name, &WorkloadResult::name);
    if (result == results.end()) continue;
    auto counters = counters_of(s, p, *w, diagnostics);
    if (!counters) {  // the world does not let us: a search goes on without
      s.no_counters = counters.error().message;
      diagnostics.push_back({"counters", s.no_counters});
      return {};
    }
    if (!*counters) {
      diagnostics.push_back({"counters", fmt::format("workload {}: {}", w->name, counters->error().text)});
      continue;
    }
    result->counters = std::move(**counters);
    if (!result->counters->limit.empty())
      diagnostics.push_back({"counters", fmt::format("workload {}: limited by {}: {}", w->name, result->counters->limit,
                                                     result->counters->why)});
  }
  return {};
}

Result<void> profile_survivor(Evaluator::State& s, Prepared& p, Evaluation& result) {
  if (!s.caps.counters || !s.no_counters.empty()) return {};
  const double begin = s.seconds_now();
  const double expected = s.last_profile_s > 0 ? s.last_profile_s : first_profile_s;
  if (s.profile_s + expected > survivors_share * (begin - s.opened_s)) return {};
  const Workload* longest = nullptr;
  double seconds = 0;
  for (const Workload* w : s.task->scored())
    for (const WorkloadResult& r : result.workloads)
      if (r.name == w->name && r.timing && r.timing->median > seconds) longest = w, seconds = r.timing->median;
  if (!longest) return {};
  RIDGE_TRY_VOID(profile(s, p, {longest}, result.workloads, result.diagnostics));
  s.last_profile_s = s.seconds_now() - begin;
  s.profile_s += s.last_profile_s;
  return {};
}

}  // namespace ridge
