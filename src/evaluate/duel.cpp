// duel: two candidates in two processes, visited in turn within blocks A B B A or B A A B. The parent's stamps decide.
// Inputs of a visit are fresh draws that both sides get. Randomly chosen timed calls are verified: of any burst of the
// visit, because a kernel can tell bursts apart by the time between them, and often the last one of a burst.
#include "measure/duel.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <thread>

#include "evaluate/internal/state.h"
#include "measure/summary.h"

namespace ridge {
namespace {

constexpr std::size_t stretch = 4;       // blocks, between looks at the time
constexpr std::size_t most_calls = 128;  // in one burst
constexpr std::size_t most_bursts = 7;   // in one visit
constexpr std::size_t least_bursts = 3;  // where there are calls enough for two in each
// For a calm clock, before each burst.
constexpr double deciding_patience_s = 0.1, reporting_patience_s = 0.002;
constexpr double device_visit_seconds = 0.002;  // the shortest visit on a device that does not share the host
constexpr double small_effect = 0.05;  // log ratio up to which all of it is worth it, and a visit of full length
constexpr double least_visit = 0.2;    // of a full one, however large the difference
constexpr double short_call_s = 0.01;  // one interruption is as long
constexpr std::size_t warm_ups = 3;    // calls; their median decides how long visits are and how calm the clock must be
constexpr std::size_t no_call = ~std::size_t{0};
constexpr double most_visit_bytes = 128 << 20;
constexpr std::size_t most_prepared = 32;  // images kept, with their plans

struct Side {
  Prepared* prepared = nullptr;
  std::unique_ptr<Bench> bench;
  std::map<std::string, double> call_seconds;  // by workload, from the warm-up
};

struct Duellists {
  Side a, b;
  bool fault_is_incumbent = false;
};

// How a side fills a visit: bursts of calls, each on a set of its own.
struct VisitShape {
  std::size_t calls = 1, bursts = 1;
  std::size_t draws() const { return calls * bursts; }
};
// The call of a visit that is verified.
struct Chosen {
  std::size_t burst = 0, call = no_call;
};

class Blocks {
 public:
  Blocks(Evaluator::State& s, DuelPlan& plan, Duellists& sides) : s_(s), plan_(plan), sides_(sides) {}

  // New processes for both, and a verified warm-up of every workload.
  Result<Judged<void>> restart() {
    ++processes_;
    for (Side* side : {&sides_.a, &sides_.b}) side->bench.reset();
    // Both processes get ready beside each other.
    const bool alike = sides_.a.prepared->workers == sides_.b.prepared->workers;
    Bench::expect(s_.place(), *sides_.a.prepared, plan_.workloads, sets(), 1, true);
    Bench::expect(s_.place(), *sides_.b.prepared, plan_.workloads, sets(), alike ? 2 : 1, true);
    const auto shift = std::uint32_t(s_.draws.secret_number() % 16);
    for (Side* side : {&sides_.a, &sides_.b}) {
      sides_.fault_is_incumbent = side == &sides_.a;
      RIDGE_TRY(auto opened, Bench::open(s_.place(), *side->prepared, plan_.workloads, sets(), shift, true));
      if (!opened) return Judged<void>(std::unexpected(std::move(opened).error()));
      side->bench = std::move(*opened);
    }
    for (const Workload* w : plan_.workloads) {
      std::vector<std::shared_ptr<Draw>> draws;
      for (std::size_t i = 0; i < warm_ups; ++i) {
        RIDGE_TRY(auto draw, s_.draws.fresh(*w, plan_.purpose));
        draws.push_back(std::move(draw));
        if (i == 0) RIDGE_TRY_VOID(s_.draws.answer(*w, *draws.front()));
        if (s_.call_limit(w->name) > s_.settings.time_limit_s) break;  // a slow one: what interrupts is short beside it
      }
      for (Side* side : {&sides_.a, &sides_.b}) {
        RIDGE_TRY(auto warm, visit(*side, *w, {draws.front()}, {}, {0, 0}));
        if (!warm) return Judged<void>(std::unexpected(std::move(warm).error()));
        if (*warm < short_call_s && draws.size() > 1) {
          const std::vector<std::shared_ptr<Draw>> more(draws.begin() + 1, draws.end());
          RIDGE_TRY(const auto again, visit(*side, *w, more, {1, more.size()}, {}));
          if (!again) return Judged<void>(std::unexpected(again.error()));
          *warm = std::min(*warm, *again);
        }
        double& known = side->call_seconds[w->name];
        known = known == 0 ? *warm : std::min(known, *warm);
      }
    }
    for (Side* side : {&sides_.a, &sides_.b}) side->bench->patience(patience_s());
    return Judged<void>();
  }

  Result<Judged<measure::Block>> run(bool candidate_first) {
    measure::Block block;
    block.candidate_first = candidate_first;
    block.process_pair = processes_;
    RIDGE_TRY(auto ahead, draws_ahead());
    for (const Workload* w : plan_.workloads) {
      std::array<double, 4> seconds{};
      probes_.clear();
      for (const int half : {0, 1}) {
        // A B then B A, or B A then A B: each half has its own draws, which both sides get.
        const VisitShape shape_a = shape(sides_.a, *w), shape_b = shape(sides_.b, *w);
        std::vector<std::shared_ptr<Draw>> fresh;
        if (!ahead.empty()) {
          fresh = std::move(ahead.front());
          ahead.pop_front();
        } else {
          RIDGE_TRY(auto made, s_.draws.fresh({{w, std::max(shape_a.draws(), shape_b.draws())}}, plan_.purpose));
          fresh = std::move(made[0]);
        }
        const bool check = s_.settings.mechanisms.timed_calls && s_.draws.secret_number() % 4 == 0;
        const bool a_first = (half == 0) != candidate_first;
        for (const bool a : {a_first, !a_first}) {
          Side& side = a ? sides_.a : sides_.b;
          const VisitShape& of = a ? shape_a : shape_b;
          const std::size_t n = of.calls;
          Chosen verified;
          if (check) {
            const std::uint64_t choice = s_.draws.secret_number();
            verified.burst = choice / 2 % of.bursts;
            verified.call = choice % 2 == 0 ? n - 1 : s_.draws.secret_number() % n;
            RIDGE_TRY_VOID(s_.draws.answer(*w, *fresh[verified.burst * n + verified.call]));
          }
          RIDGE_TRY(auto value, visit(side, *w, fresh, of, verified));
          if (!value) return Judged<measure::Block>(std::unexpected(std::move(value).error()));
          seconds[a ? (half == 0 ? 0 : 3) : (half == 0 ? 1 : 2)] = *value;
        }
      }
      block.visits.push_back(seconds);
      // Within a workload: what matters is whether the four visits that are compared saw the same clock.
      if (probes_.empty()) continue;
      const auto [low, high] = std::minmax_element(probes_.begin(), probes_.end());
      if (*low > 0) block.probe_spread = std::max(block.probe_spread, *high / *low - 1);
    }
    return Judged<measure::Block>(std::move(block));
  }

  int processes() const { return processes_; }

  // Log speed-up as the warm-ups saw it: known before the first block, so rules that depend on it select nothing.
  double expected_log() const {
    std::vector<double> logs, weights;
    for (const Workload* w : plan_.workloads) {
      logs.push_back(measure::log_speedup(sides_.a.call_seconds.at(w->name), sides_.b.call_seconds.at(w->name)));
      weights.push_back(w->weight);
    }
    return measure::weighted_mean(logs, weights);
  }

 private:
  // On a device of one's own with many cores beside it: the draws of all halves at once, so that a large one is made
  // while many small ones are. Elsewhere one half after the other, which needs less memory.
  Result<std::deque<std::vector<std::shared_ptr<Draw>>>> draws_ahead() {
    std::deque<std::vector<std::shared_ptr<Draw>>> out;
    if (s_.caps.shares_host || s_.caps.simulated) return out;
    std::vector<Draws::Wanted> wanted;
    for (const Workload* w : plan_.workloads)
      for (int half = 0; half < 2; ++half)
        wanted.push_back({w, std::max(shape(sides_.a, *w).draws(), shape(sides_.b, *w).draws())});
    RIDGE_TRY(auto made, s_.draws.fresh(wanted, plan_.purpose));
    for (auto& draws : made) out.push_back(std::move(draws));
    return out;
  }
  // A clock at half its speed turns no comparison of kernels of which one is thirty times faster: the smaller the
  // difference, the longer it is worth waiting for a calm moment (docs/adr/0005).
  double patience_s() const { return plan_.report_only ? reporting_patience_s : deciding_patience_s * care(); }
  // 1 for a small difference, less for a large one.
  double care() const { return std::min(1.0, small_effect / std::max(std::fabs(expected_log()), 1e-9)); }

  // In a process: as many as the longest visit has calls, once that is known.
  std::size_t sets() const {
    if (sides_.a.call_seconds.empty() || sides_.b.call_seconds.empty()) return most_calls;
    std::size_t most = 1;
    for (const Workload* w : plan_.workloads)
      for (const Side* side : {&sides_.a, &sides_.b}) most = std::max(most, shape(*side, *w).calls);
    return most;
  }

  // As many calls as fill the shortest visit, within memory; calls so short that one burst cannot fill it get several
  // bursts.
  VisitShape shape(const Side& side, const Workload& w) const {
    const double one = std::max(side.call_seconds.at(w.name), 1e-8);
    const double bytes = double(set_bytes(side.prepared->plans.at(w.name)));
    double full = plan_.visit_seconds > 0 ? plan_.visit_seconds : s_.settings.visit_seconds;
    // Nothing else runs on a device of one's own, and its calls are so short that inputs for many of them are what
    // takes the time.
    const bool shared = s_.caps.shares_host || s_.caps.simulated;
    if (!shared) full = std::min(full, device_visit_seconds);
    const double least = full * std::max(care(), least_visit);
    const double wanted = std::ceil(least / one);
    VisitShape of;
    of.calls = std::clamp<std::size_t>(std::size_t(std::min(wanted, most_visit_bytes / bytes)), 1, most_calls);
    of.bursts = std::clamp<std::size_t>(std::size_t(wanted / double(of.calls)), 1, shared ? most_bursts : least_bursts);
    if (of.bursts == 1 && of.calls >= 2 * least_bursts) {  // so that an accident in the middle does not count
      of.calls /= least_bursts;
      of.bursts = least_bursts;
    }
    return of;
  }

  // Seconds of one call, from the parent's stamps over whole bursts; of several bursts the median, so that one
  // scheduling accident does not decide a visit of microseconds.
  Result<Judged<double>> visit(Side& side, const Workload& w, const std::vector<std::shared_ptr<Draw>>& draws,
                               VisitShape of, Chosen verified) {
    sides_.fault_is_incumbent = &side == &sides_.a;
    RIDGE_TRY(auto sets, side.bench->choose(w, of.calls));
    if (!sets) return Judged<double>(std::unexpected(std::move(sets).error()));
    const std::size_t n = std::min(of.calls, *sets);
    if (verified.call >= n) verified.call = no_call;
    std::vector<double> seconds;
    for (std::size_t b = 0; b < of.bursts; ++b) {
      for (std::size_t i = 0; i < n; ++i) RIDGE_TRY_VOID(side.bench->stage(i, draws[b * of.calls + i]));
      RIDGE_TRY(auto burst, side.bench->run(0, n, s_.call_limit(w.name) * double(n)));
      if (!burst) return Judged<double>(std::unexpected(std::move(burst).error()));
      if (burst->probe_before > 0)
        probes_.push_back(burst->probe_after > 0 ? std::min(burst->probe_before, burst->probe_after)
                                                 : burst->probe_before);
      seconds.push_back(burst->seconds / double(n));
      if (verified.call == no_call || verified.burst != b) continue;
      RIDGE_TRY(auto right, side.bench->verify(verified.call));
      if (!right) return Judged<double>(std::unexpected(std::move(right).error()));
      ++plan_.verified;
    }
    RIDGE_TRY(auto bounds, side.bench->inspect(n - 1));
    if (!bounds) return Judged<double>(std::unexpected(std::move(bounds).error()));
    return Judged<double>(measure::summarize(seconds).median);
  }

  Evaluator::State& s_;
  DuelPlan& plan_;
  Duellists& sides_;
  std::vector<double> probes_;
  int processes_ = 0;
};

// An open end (too few blocks for the level) is written as a number that no ratio reaches: records hold finite numbers
// only.
Interval to_model(const measure::Interval& i) {
  return {i.estimate, i.lower, std::min(i.upper, 1e9), 0.95};
}

DuelOutcome outcome_of(measure::Duel::State state) {
  switch (state) {
    case measure::Duel::State::differs_faster:
      return DuelOutcome::faster;
    case measure::Duel::State::differs_slower:
      return DuelOutcome::slower;
    case measure::Duel::State::void_:
      return DuelOutcome::voided;
    case measure::Duel::State::more:
    case measure::Duel::State::undecided:
      return DuelOutcome::undecided;
  }
  return DuelOutcome::undecided;
}

}  // namespace

void keep(Evaluator::State& s, std::shared_ptr<Prepared> p) {
  const CandidateId& id = p->candidate.id;
  if (!s.prepared.contains(id)) s.prepared_order.push_back(id);
  s.prepared[id] = std::move(p);
  if (s.prepared_order.size() <= most_prepared) return;
  s.prepared.erase(s.prepared_order.front());
  s.prepared_order.pop_front();
}

Result<std::pair<Judged<std::shared_ptr<Prepared>>, Judged<std::shared_ptr<Prepared>>>> built_anew(Evaluator::State& s,
                                                                                                   const Candidate& a,
                                                                                                   const Candidate& b) {
  using Ready = Judged<std::shared_ptr<Prepared>>;
  const double begin = s.seconds_now();
  const auto build = [&](const Candidate& c) -> Result<Ready> {
    auto admitted = admit(*s.task, s.caps, c);
    if (!admitted) return Ready(std::unexpected(std::move(admitted).error()));
    auto p = std::make_shared<Prepared>(std::move(*admitted));
    RIDGE_TRY(auto compiled, compile(s.device, *s.task, *p, true));
    if (!compiled) return Ready(std::unexpected(std::move(compiled).error()));
    return Ready(std::move(p));
  };
  Result<Ready> first = Ready(nullptr), second = Ready(nullptr);
  if (s.caps.simulated) {
    first = build(a);
    second = build(b);
  } else {
    std::jthread other([&] { second = build(b); });
    first = build(a);
  }
  s.effort.compile_s += s.seconds_now() - begin;
  if (!first) return std::unexpected(std::move(first).error());
  if (!second) return std::unexpected(std::move(second).error());
  return std::pair{std::move(*first), std::move(*second)};
}

Result<Judged<std::shared_ptr<Prepared>>> ready(Evaluator::State& s, const Candidate& c,
                                                const std::vector<std::string>& libraries) {
  using Ready = Judged<std::shared_ptr<Prepared>>;
  if (const auto known = s.prepared.find(c.id); known != s.prepared.end()) return Ready(known->second);
  auto admitted = admit(*s.task, s.caps, c);
  if (!admitted) return Ready(std::unexpected(std::move(admitted).error()));
  auto p = std::make_shared<Prepared>(std::move(*admitted));
  const double begin = s.seconds_now();
  RIDGE_TRY(auto compiled, compile(s.device, *s.task, *p, false, libraries));
  s.effort.compile_s += s.seconds_now() - begin;
  if (!compiled) return Ready(std::unexpected(std::move(compiled).error()));
  keep(s, p);
  return Ready(std::move(p));
}

// Nothing is measured meanwhile: phases alternate on a machine that is both host and device.
std::vector<Result<Judged<void>>> compile_side_by_side(Evaluator::State& s, const std::vector<Prepared*>& work,
                                                       bool alone) {
  const int jobs = s.caps.simulated ? 1 : s.settings.compile_jobs > 0 ? s.settings.compile_jobs : s.caps.cores;
  const double begin = s.seconds_now();
  auto results = compile_many(s.device, *s.task, work, jobs, alone);
  // Side by side the compilers' seconds are more than what the clock showed: each candidate gets its share of that.
  const double wall = s.seconds_now() - begin;
  double all = 0;
  for (const Prepared* p : work) all += p->binary.compile_seconds;
  for (Prepared* p : work)
    p->compile_share_s = all > 0 ? wall * p->binary.compile_seconds / all : wall / double(work.size());
  s.effort.compile_s += wall;
  return results;
}

Result<void> ready_all(Evaluator::State& s, const std::vector<Candidate>& candidates) {
  std::vector<std::shared_ptr<Prepared>> made;
  std::vector<Prepared*> work;
  for (const Candidate& c : candidates) {
    if (s.prepared.contains(c.id)) continue;
    auto admitted = admit(*s.task, s.caps, c);
    if (!admitted) continue;
    made.push_back(std::make_shared<Prepared>(std::move(*admitted)));
    work.push_back(made.back().get());
  }
  if (work.empty()) return {};
  auto compiled = compile_side_by_side(s, work, true);
  for (std::size_t i = 0; i < made.size(); ++i) {
    if (!compiled[i]) return std::unexpected(std::move(compiled[i]).error());
    if (*compiled[i]) keep(s, made[i]);
  }
  return {};
}

Result<DuelRecord> duel(Evaluator::State& s, Prepared& incumbent, Prepared& candidate, DuelPlan& plan) {
  DuelRecord record;
  record.incumbent = incumbent.candidate.id;
  record.candidate = candidate.candidate.id;
  record.purpose = plan.purpose;
  std::vector<double> weights;
  for (const Workload* w : plan.workloads) {
    record.workloads.push_back(w->name);
    weights.push_back(w->weight);
  }
  measure::DuelSettings rules;
  rules.looks = plan.looks;
  rules.nominal_p = plan.nominal_p;
  rules.goal = plan.goal;
  Duellists sides;
  sides.a.prepared = &incumbent;
  sides.b.prepared = &candidate;
  Blocks blocks(s, plan, sides);
  const auto fail_with = [&](Fault fault) {
    record.outcome = DuelOutcome::failed;
    record.fault = std::move(fault);
    record.fault_is_incumbent = sides.fault_is_incumbent;
    record.processes = blocks.processes();
    return record;
  };
  const double begin = s.seconds_now();
  RIDGE_TRY(auto started, blocks.restart());
  if (!started) return fail_with(std::move(started).error());
  // A block's log ratio is wrong by at most the log of its clock spread, so a spread whose log is a third of the
  // difference cannot turn it: a kernel that is ten times faster is measured on a machine on which one per cent could
  // not be (docs/adr/0005).
  const double calm = rules.most_probe_spread;
  const auto adjust = [&] {
    rules.most_probe_spread = plan.report_only ? std::numeric_limits<double>::infinity()
                                               : std::max(calm, std::expm1(std::fabs(blocks.expected_log()) / 3));
  };
  adjust();
  auto duel = measure::Duel(rules, weights);
  for (std::size_t n = 0; duel.state() == measure::Duel::State::more; ++n) {
    // A look that was begun is worth finishing; a new stretch of blocks is not begun past the limit.
    // Without its first look a duel was for nothing: that one may take longer, where it can be reached.
    if (const double spent = s.seconds_now() - begin; n > 0 && n % stretch == 0 && spent > plan.time_limit_s) {
      const double first_look = spent / double(n) * double(rules.looks.front());
      if (duel.looks_done() > 0 || first_look > first_look_share * plan.time_limit_s) break;
    }
    if (n > 0 && n % plan.blocks_per_process == 0) {
      RIDGE_TRY(auto restarted, blocks.restart());
      if (!restarted) return fail_with(std::move(restarted).error());
    }
    RIDGE_TRY(auto block, blocks.run(s.draws.secret_number() % 2 == 0));
    if (!block) return fail_with(std::move(block).error());
    record.dropped += duel.dropped(*block);
    record.visits.push_back(block->visits);
    duel.add(*block);
    // A restless moment is no answer: the duel is begun anew while there is time. Voiding looks at the clock alone, and
    // never after a look at the result, so trying again favours neither side.
    if (duel.state() == measure::Duel::State::void_ && duel.looks_done() == 0 &&
        s.seconds_now() - begin < plan.time_limit_s) {
      adjust();  // the warm-ups of more processes are known by now
      duel = measure::Duel(rules, weights);
      n = plan.blocks_per_process - 1;  // the next block opens new processes
      record.visits.clear();
    }
  }
  record.looks = int(duel.looks_done());
  record.processes = blocks.processes();
  record.outcome = outcome_of(duel.state());
  record.ratio = to_model(duel.estimate());
  for (const auto& i : duel.per_workload()) record.per_workload.push_back(to_model(i));
  record.differs = record.outcome == DuelOutcome::faster || record.outcome == DuelOutcome::slower;
  record.sigma_d = duel.sigma_d();
  return record;
}

}  // namespace ridge
