// screen: enough calls to rank a candidate roughly, each on a draw its process has not seen, each verified.
#include "measure/screen.h"

#include <algorithm>
#include <cmath>

#include "evaluate/internal/state.h"
#include "evaluate/tripwire.h"
#include "measure/roofline.h"

namespace ridge {
namespace {

constexpr double burst_seconds = 0.00012;  // of one sample, where a call is shorter
constexpr std::size_t screen_calls = 32;   // of one workload, each on a draw of its own
constexpr std::size_t screen_sets = 8;     // in a process: so many calls a burst; a set costs pages, guards, canaries
constexpr std::size_t screen_samples = 6;  // bursts that settle a calm kernel: one warm-up and five counted
// On a machine that others share a core is slow for milliseconds at a time: a short wait is worth it, a long one only
// before a candidate is given up.
constexpr double short_patience_s = 0.0005, long_patience_s = 0.05;
constexpr double unsteady = 1.05;      // times the usual clock probe
constexpr double renewal_share = 0.1;  // of what an evaluation takes may go into new draws for the next one
constexpr double floor_slack = 1.5;    // ceilings are measured too, by kernels that may fall short of the machine

std::vector<measure::Ceiling> ceiling_table(const Ceilings& c) {
  std::vector<measure::Ceiling> table;
  for (const auto& b : c.bandwidth) table.push_back({b.working_set_bytes, b.bytes_per_s});
  return table;
}

std::string level_of(const Ceilings& c, double bytes) {
  for (const auto& b : c.bandwidth)
    if (bytes <= b.working_set_bytes) return b.level;
  return c.bandwidth.empty() ? "memory" : c.bandwidth.back().level;
}

// Roofline and floor of one timed workload. Below the floor is an error: of the candidate, if it did not do the work.
Result<std::optional<Fault>> place_on_roofline(const Evaluator::State& s, const Workload& w, WorkloadResult& r) {
  RIDGE_TRY(const MapScope scope, bind(s.task->interface, w.binding));
  double working_set = 0;
  for (const BufferSpec& b : s.task->interface.buffers) {
    double count = double(size_of(b.type));
    for (const Expression& e : b.shape) {
      RIDGE_TRY(const std::int64_t n, e.integer(scope));
      count *= double(n);
    }
    working_set += count;
  }
  const auto table = ceiling_table(s.ceilings);
  RIDGE_TRY(const Number flops, s.task->work.flops.evaluate(scope));
  RIDGE_TRY(const Number bytes, s.task->work.bytes.evaluate(scope));
  const double bandwidth = measure::bandwidth_at(table, working_set);
  const double rate = s.task->work.precision == ScalarType::f64 ? s.ceilings.flops_f64 : s.ceilings.flops_f32;
  const auto point = measure::fraction(flops.real(), bytes.real(), r.timing->median, rate, bandwidth);
  if (!point.bound.empty()) {
    const std::string ceiling =
        point.bound == "memory" ? fmt::format("{} {:.3g} GB/s", level_of(s.ceilings, working_set), point.ceiling * 1e-9)
                                : fmt::format("{:.3g} GFLOP/s", point.ceiling * 1e-9);
    r.roofline = RooflinePoint{point.fraction, point.bound, ceiling};
  }
  // The floor takes the fastest level there is: a warm call may find everything in the nearest cache.
  double fastest = 0;
  for (const auto& c : table) fastest = std::max(fastest, c.bytes_per_s);
  RIDGE_TRY(const Number floor_bytes, s.task->floor.bytes.evaluate(scope));
  RIDGE_TRY(const Number floor_flops, s.task->floor.flops.evaluate(scope));
  r.floor_seconds = measure::floor_seconds(floor_bytes.real(), floor_flops.real(), fastest, rate);
  if (s.settings.mechanisms.floor && r.timing->median * floor_slack < r.floor_seconds)
    return std::optional<Fault>(Fault{Verdict::wrong_result, Reason::below_floor, "screen",
                                      fmt::format("workload {}: {:.3g} s is below the compulsory {:.3g} s", w.name,
                                                  r.timing->median, r.floor_seconds)});
  return std::optional<Fault>();
}

}  // namespace

double Evaluator::State::call_limit(const std::string& workload) const {
  const auto known = seed_seconds.find(workload);
  if (known == seed_seconds.end()) return settings.time_limit_s;
  return std::clamp(20 * known->second, 1.0, std::max(settings.time_limit_s, 20 * known->second));
}

// Calls that screening may make: as many as settle a kernel that is as fast as the fastest so far.
std::size_t Evaluator::State::screening_calls(const std::string& workload) const {
  const auto known = fastest.find(workload);
  if (known == fastest.end()) return screen_calls;
  const double per_burst = std::ceil(burst_seconds / std::max(known->second, 1e-8));
  return std::clamp<std::size_t>(std::size_t(std::min(per_burst, 1e3)) * screen_samples + 1, screen_samples + 4,
                                 screen_calls);
}

Result<Judged<void>> screen(Evaluator::State& s, Bench& bench, const std::vector<const Workload*>& workloads,
                            const Evaluation* incumbent, Evaluation& result) {
  Prepared& p = bench.prepared();
  for (const Workload* w : workloads) {
    WorkloadResult r;
    r.name = w->name;
    const auto end = [&](Fault fault) -> Result<Judged<void>> {
      r.verdict = fault.verdict;
      r.reason = fault.reason;
      result.workloads.push_back(r);
      fault.text = fmt::format("workload {}: {}", w->name, fault.text);
      return Judged<void>(std::unexpected(std::move(fault)));
    };
    RIDGE_TRY(const auto window, s.draws.window(*w, s.screening_calls(w->name)));
    RIDGE_TRY(auto sets, bench.choose(*w, std::min(window.size(), screen_sets)));
    if (!sets) return end(std::move(sets).error());
    const std::size_t calls = window.size();

    measure::ScreenSettings rules;
    rules.time_limit_s = s.settings.screen_seconds;
    rules.warm_ups = 1;
    rules.settled_samples = 5;
    if (incumbent)
      for (const WorkloadResult& known : incumbent->workloads)
        if (known.name == w->name && known.timing) rules.incumbent_s = known.timing->median;
    if (result.hopeless) rules.least_samples = 1, rules.time_limit_s = 0;
    std::optional<measure::ScreenRule> rule(rules);
    bench.patience(short_patience_s);
    bool restless = false, patient = false;
    double limit = s.call_limit(w->name), warm_up = 0;
    std::size_t at = 0, step = 1;
    auto next = measure::ScreenRule::Next::more;
    while (at < calls && next == measure::ScreenRule::Next::more) {
      step = std::min({step, calls - at, *sets});
      for (std::size_t i = 0; i < step; ++i) RIDGE_TRY_VOID(bench.stage(i, window[at + i]));
      RIDGE_TRY(auto burst, bench.run(0, step, limit * double(step)));
      if (!burst) return end(std::move(burst).error());
      const double one = burst->seconds / double(step);
      at += step;
      next = rule->add(one);
      restless = restless || burst->probe_before > unsteady * s.probe.usual();
      if (next == measure::ScreenRule::Next::hopeless && restless && !patient && at < calls) {
        // Slow, or only unlucky? Once more, at a calm moment.
        patient = true;
        bench.patience(long_patience_s);
        rules.warm_ups = 0;
        rule.emplace(rules);
        next = measure::ScreenRule::Next::more;
      }
      // This one has made its last call: while its outputs are looked at, a process for the next candidate gets ready.
      if (w == workloads.back() && (at == calls || next != measure::ScreenRule::Next::more)) bench.expect_another();
      RIDGE_TRY(const auto verified, bench.verify_all(step));
      if (!verified) return end(verified.error());
      for (const Verified& v : *verified)
        if (v.worst_error * r.tolerance >= r.worst_error * v.tolerance)
          r.worst_error = v.worst_error, r.tolerance = v.tolerance;
      if (warm_up == 0) {
        warm_up = one;
        // Short calls are timed several at a time, but in at least five bursts.
        step = std::clamp<std::size_t>(std::size_t(burst_seconds / std::max(one, 1e-9)), 1,
                                       std::max<std::size_t>(1, (calls - 1) / 5));
      }
    }
    if (next == measure::ScreenRule::Next::hopeless) result.hopeless = true;
    r.draws = int(at);
    const auto summary = rule->summary();
    const double bytes = double(set_bytes(p.plans.at(w->name))) * double(*sets);
    const std::string mode = bytes <= double(s.caps.last_cache_bytes) ? "warm" : "cold";
    r.timing = summary.n > 0 ? Timing{summary.median, summary.q1, summary.q3, summary.min, int(summary.n), mode}
                             : Timing{warm_up, warm_up, warm_up, warm_up, 1, mode};
    RIDGE_TRY(auto below, place_on_roofline(s, *w, r));
    if (below) return end(std::move(*below));
    result.workloads.push_back(std::move(r));
  }
  return Judged<void>();
}

// Weighted geometric mean of seed time over candidate time.
void score(const Evaluator::State& s, Evaluation& result) {
  double log_sum = 0, weights = 0;
  for (const Workload* w : s.task->scored())
    for (const WorkloadResult& r : result.workloads) {
      const auto seed = s.seed_seconds.find(w->name);
      if (r.name != w->name || !r.timing || seed == s.seed_seconds.end()) continue;
      log_sum += w->weight * std::log(seed->second / r.timing->median);
      weights += w->weight;
    }
  if (weights > 0) result.score = Score{"speedup_gmean", "1", "seed", std::exp(log_sum / weights)};
}

Evaluation failed(const Evaluator::State& s, const Candidate& c, const Fault& fault) {
  Evaluation e;
  e.candidate = c.id;
  e.device = s.caps.id;
  e.verdict = fault.verdict;
  e.reason = fault.reason;
  e.diagnostics.push_back({fault.stage, fault.text});
  return e;
}

Result<Evaluation> judge_prepared(Evaluator::State& s, Prepared& p, const Evaluation* incumbent,
                                  const std::vector<const Workload*>& extra) {
  Evaluation e;
  e.candidate = p.candidate.id;
  e.device = s.caps.id;
  e.compile = record_of(p.binary);
  e.cost.compile_s = p.compile_share_s;
  if (s.settings.deduplicate) {
    const auto [known, fresh] = s.seen.try_emplace(p.identity, p.candidate.id);
    if (!fresh && known->second != p.candidate.id) {
      e.verdict = Verdict::rejected;
      e.reason = Reason::duplicate;
      e.duplicate_of = known->second;
      if (const auto twin = s.evaluations.find(known->second); twin != s.evaluations.end())
        e.score = twin->second.score;
      return e;
    }
  }
  const Account account(s);
  for (std::string& note : tripwires(*p.candidate.source)) e.diagnostics.push_back({"tripwire", std::move(note)});
  const auto give_up = [&](Fault fault) {
    e.verdict = fault.verdict;
    e.reason = fault.reason;
    e.diagnostics.push_back({fault.stage, fault.text});
  };
  std::vector<const Workload*> workloads = s.task->scored();
  std::stable_sort(workloads.begin(), workloads.end(), [&](const Workload* a, const Workload* b) {
    const auto seconds = [&](const Workload* w) {
      return s.seed_seconds.contains(w->name) ? s.seed_seconds.at(w->name) : 0.0;
    };
    return seconds(a) < seconds(b);
  });
  for (const Workload* w : extra)
    if (std::find(workloads.begin(), workloads.end(), w) == workloads.end()) workloads.push_back(w);

  // One process for all of it: what its memory remembers of a draw helps in no later call, because draws do not repeat
  // while it is timed and outputs are poisoned before every call.
  RIDGE_TRY(const auto smoke, smoke_workloads(s));
  std::vector<const Workload*> all = workloads;
  all.insert(all.end(), smoke.begin(), smoke.end());
  std::size_t sets = 3;
  for (const Workload* w : workloads) sets = std::max(sets, std::min(screen_sets, s.screening_calls(w->name)));
  RIDGE_TRY(auto opened, Bench::open(s.place(), p, all, sets));
  bool judged = false;
  if (!opened) {
    give_up(std::move(opened).error());
  } else {
    RIDGE_TRY(auto checked, smoke_and_check(s, *opened, smoke, e));
    if (!checked) {
      give_up(std::move(checked).error());
    } else {
      RIDGE_TRY(auto screened, screen(s, **opened, workloads, incumbent, e));
      judged = true;
      if (!screened)
        give_up(std::move(screened).error());
      else
        score(s, e);
    }
  }
  if (opened) opened->reset();
  const JobCost so_far = account.cost();
  const double spent = so_far.kernel_s + so_far.draw_check_s + so_far.own_s;
  if (judged)
    for (const Workload* w : workloads) RIDGE_TRY_VOID(s.draws.renew(*w, renewal_share * spent));
  const JobCost cost = account.cost();
  e.cost.kernel_s = cost.kernel_s;
  e.cost.draw_check_s = cost.draw_check_s;
  e.cost.own_s = cost.own_s;
  if (e.verdict == Verdict::ok) {
    for (const WorkloadResult& r : e.workloads)
      if (r.timing) {
        const auto known = s.fastest.try_emplace(r.name, r.timing->median).first;
        known->second = std::min(known->second, r.timing->median);
      }
  }
  return e;
}

}  // namespace ridge
