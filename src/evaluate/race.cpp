// race: finalists in processes of their own, visited in turn on the same fresh draws (measure/race.h). What two of them
// show against each other is a duel whose visits they share with all the others.
#include "measure/race.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "evaluate/internal/state.h"
#include "measure/duel.h"
#include "measure/summary.h"

namespace ridge {
namespace {

// Shorter than a duel's: many short rounds see more of the machine's moods, and what their calls work on fits a cache.
constexpr double race_visit_seconds = 0.0004;
constexpr std::size_t race_calls = 64;          // in a visit
constexpr std::size_t race_bursts = 3;          // in a visit; their median
constexpr double race_patience_s = 0.001;       // for a calm clock, before each burst
constexpr std::size_t race_process_rounds = 2;  // then all of them start anew
constexpr std::uint64_t race_arena_bytes = 1ull << 30;
constexpr std::size_t most_kept_bytes = 32 << 20;  // of the draws of one half of a round
constexpr std::size_t race_finalists = 16;

struct Runner {
  std::shared_ptr<Prepared> prepared;
  std::unique_ptr<Bench> bench;
  std::map<std::string, std::size_t> calls;  // in a visit, by workload
  // visits[workload] of the running round: seconds of one call, earlier and later
  std::vector<std::array<double, 2>> seconds;
  std::optional<Fault> fault;
};

class Field {
 public:
  Field(Evaluator::State& s, std::vector<Runner>& runners)
      : s_(s), runners_(runners), workloads_(s.task->scored()), draws_(workloads_.size()) {}

  const std::vector<const Workload*>& workloads() const { return workloads_; }
  int processes() const { return processes_; }

  // New processes for everybody who is in, and a verified warm-up call of every workload.
  Result<void> restart(const std::vector<std::size_t>& in) {
    ++processes_;
    rounds_ = 0;
    // What a process has not seen is new to it. Some draws go all the same, so that a race is not decided on few.
    for (Kept& of : draws_) of[s_.draws.secret_number() % of.size()].clear();
    for (Runner& r : runners_) r.bench.reset();
    std::size_t sets = race_calls;
    if (processes_ > 1) {
      sets = 1;
      for (const std::size_t i : in)
        for (const auto& [name, calls] : runners_[i].calls) sets = std::max(sets, calls);
    }
    int waiting = int(in.size());
    for (const std::size_t i : in) {
      Runner& r = runners_[i];
      // The next one gets ready while this one is given its candidate.
      Bench::expect(s_.place(), *r.prepared, workloads_, sets, std::min(waiting--, 2), true);
      RIDGE_TRY(auto opened, Bench::open(s_.place(), *r.prepared, workloads_, sets, 0, true));
      if (opened)
        r.bench = std::move(*opened);
      else
        r.fault = std::move(opened).error();
    }
    for (std::size_t k = 0; k < workloads_.size(); ++k) {
      const Workload* w = workloads_[k];
      RIDGE_TRY(const auto warm_up, draws(k, draws_[k].size() - 1, 1));
      RIDGE_TRY_VOID(s_.draws.answer(*w, *warm_up[0]));
      for (const std::size_t i : in) {
        Runner& r = runners_[i];
        if (r.fault) continue;
        RIDGE_TRY(auto one, visit(r, *w, warm_up, 1, true));
        if (!one) continue;
        std::size_t& calls = r.calls[w->name];
        if (calls == 0)
          calls = std::clamp<std::size_t>(std::size_t(race_visit_seconds / std::max(*one, 1e-8)), 1, race_calls);
      }
    }
    return {};
  }

  // One palindromic round over `order`.
  Result<void> run(std::vector<std::size_t> order) {
    for (const std::size_t i : order) runners_[i].seconds.assign(workloads_.size(), {});
    for (std::size_t w = 0; w < workloads_.size(); ++w) {
      const Workload& workload = *workloads_[w];
      for (const std::size_t half : {0, 1}) {
        std::size_t most = 1;
        for (const std::size_t i : order)
          if (!runners_[i].fault) most = std::max(most, runners_[i].calls[workload.name]);
        RIDGE_TRY(const auto draws, this->draws(w, 2 * rounds_ + std::size_t(half), most));
        const bool check = s_.draws.secret_number() % 4 == 0;
        // One draw that everybody works on gets its answer, once for all.
        const std::size_t verified = [&] {
          std::size_t least = most;
          for (const std::size_t i : order)
            if (!runners_[i].fault) least = std::min(least, runners_[i].calls[workload.name]);
          return s_.draws.secret_number() % std::max<std::size_t>(least, 1);
        }();
        if (check) RIDGE_TRY_VOID(s_.draws.answer(workload, *draws[verified]));
        for (const std::size_t i : order) {
          Runner& r = runners_[i];
          if (r.fault) continue;
          RIDGE_TRY(auto seconds, visit(r, workload, draws, r.calls[workload.name], check, verified));
          if (seconds) r.seconds[w][half] = *seconds;
        }
        std::ranges::reverse(order);
      }
    }
    ++rounds_;
    return {};
  }

 private:
  // Of one workload: for the two halves of each round that a process lives, and for its first call.
  using Kept = std::array<std::vector<std::shared_ptr<Draw>>, 2 * race_process_rounds + 1>;

  Result<std::vector<std::shared_ptr<Draw>>> draws(std::size_t workload, std::size_t slot, std::size_t wanted) {
    std::vector<std::shared_ptr<Draw>> out = draws_[workload][slot];
    if (out.size() < wanted) {
      RIDGE_TRY(auto more, s_.draws.fresh({{workloads_[workload], wanted - out.size()}}, "select"));
      out.insert(out.end(), more[0].begin(), more[0].end());
    }
    std::size_t bytes = 0;
    for (const auto& buffer : out.front()->inputs) bytes += buffer.size();
    if (bytes * out.size() <= most_kept_bytes) draws_[workload][slot] = out;
    return out;
  }

  // Seconds of one call; nothing when it went wrong, which is then the runner's fault.
  Result<std::optional<double>> visit(Runner& r, const Workload& w, const std::vector<std::shared_ptr<Draw>>& draws,
                                      std::size_t calls, bool check, std::size_t verified = 0) {
    const auto wrong = [&](Fault fault) {
      r.fault = std::move(fault);
      r.bench.reset();
      return std::optional<double>();
    };
    RIDGE_TRY(auto sets, r.bench->choose(w, calls));
    if (!sets) return wrong(std::move(sets).error());
    calls = std::min(calls, *sets);
    for (std::size_t i = 0; i < calls; ++i) RIDGE_TRY_VOID(r.bench->stage(i, draws[i]));
    r.bench->patience(race_patience_s);
    std::vector<double> seconds;
    const std::size_t bursts = std::min(calls, race_bursts);
    for (std::size_t b = 0; b < bursts; ++b) {
      const std::size_t first = calls * b / bursts, n = calls * (b + 1) / bursts - first;
      RIDGE_TRY(auto burst, r.bench->run(first, n, s_.call_limit(w.name) * double(n)));
      if (!burst) return wrong(std::move(burst).error());
      seconds.push_back(burst->seconds / double(n));
    }
    if (check && verified < calls) {
      RIDGE_TRY(auto right, r.bench->verify(verified));
      if (!right) return wrong(std::move(right).error());
    } else {
      RIDGE_TRY(auto bounds, r.bench->inspect(calls - 1));
      if (!bounds) return wrong(std::move(bounds).error());
    }
    return std::optional<double>(measure::summarize(seconds).median);
  }

  Evaluator::State& s_;
  std::vector<Runner>& runners_;
  std::vector<const Workload*> workloads_;
  int processes_ = 0;
  std::size_t rounds_ = 0;  // of the processes that live
  std::vector<Kept> draws_;
};

// As many of the first finalists as memory and time allow, at least two.
std::size_t affordable(const Evaluator::State& s, std::vector<Runner>& runners, double time_limit_s,
                       const measure::RaceSettings& rules) {
  std::uint64_t bytes = 0;
  double round_s = 0;
  for (const Workload* w : s.task->scored()) {
    if (const auto plan = plan_for(*runners.back().prepared, *s.task, s.caps, *w))
      bytes = std::max(bytes, set_bytes(**plan));
    const auto fastest = s.fastest.find(w->name);
    const double one = fastest == s.fastest.end() ? race_visit_seconds : fastest->second;
    round_s += 2 * std::max(race_visit_seconds, one);
  }
  const std::uint64_t arena =
      std::min<std::uint64_t>(std::max<std::uint64_t>(bytes, 1) * race_calls, race_arena_bytes / 2);
  const double by_time = time_limit_s / 2 / (double(rules.looks[1]) * std::max(round_s, 1e-6));
  const auto most =
      std::size_t(std::clamp(std::min(double(race_arena_bytes / arena), by_time), 2.0, double(race_finalists)));
  return std::min(runners.size(), most);
}

}  // namespace

Result<Race> race(Evaluator::State& s, const RaceJob& job) {
  RIDGE_CHECK(job.candidates.size() >= 2, "a race needs an incumbent and a challenger");
  Race out;
  std::vector<Runner> runners;
  const auto record_of = [&](std::size_t i) {
    DuelRecord d;
    d.incumbent = job.candidates[0].id;
    d.candidate = job.candidates[i].id;
    d.purpose = "select";
    for (const Workload* w : s.task->scored()) d.workloads.push_back(w->name);
    return d;
  };
  RIDGE_TRY_VOID(ready_all(s, job.candidates));
  for (const Candidate& c : job.candidates) {
    RIDGE_TRY(auto prepared, ready(s, c));
    Runner r;
    if (prepared)
      r.prepared = std::move(*prepared);
    else
      r.fault = std::move(prepared).error();
    runners.push_back(std::move(r));
    if (runners.size() == 1 && runners[0].fault) break;
  }
  measure::RaceSettings rules;
  rules.regret = job.regret;
  if (!runners.back().fault) runners.resize(affordable(s, runners, job.time_limit_s, rules));
  while (runners.size() < 2) runners.emplace_back();

  std::vector<DuelRecord> records(runners.size());
  for (std::size_t i = 1; i < runners.size(); ++i) records[i] = record_of(i);
  Field field(s, runners);
  measure::Race rule(rules, runners.size());
  std::vector<double> weights;
  for (const Workload* w : field.workloads()) weights.push_back(w->weight);
  const double begin = s.seconds_now();
  // A failing incumbent ends the race: what it would have been a measure for must be asked anew.
  while (!rule.over() && !runners[0].fault) {
    if (rule.rounds() > 0 && s.seconds_now() - begin > job.time_limit_s) break;
    std::vector<std::size_t> in;
    for (std::size_t i = 0; i < runners.size(); ++i)
      if (rule.racing(i) && !runners[i].fault) in.push_back(i);
    if (in.size() < 2 && rule.rounds() >= rules.incumbent_rounds) break;
    if (rule.rounds() % race_process_rounds == 0) RIDGE_TRY_VOID(field.restart(in));
    Rng(s.draws.secret_number()).shuffle(in);
    RIDGE_TRY_VOID(field.run(in));
    std::vector<std::optional<double>> logs(runners.size());
    for (const std::size_t i : in) {
      const Runner& r = runners[i];
      if (r.fault) continue;
      std::vector<double> by_workload;
      // The faster of its two visits: what others do on this machine only ever adds, and for longer than a visit.
      for (const auto& two : r.seconds) by_workload.push_back(std::log(std::min(two[0], two[1])));
      logs[i] = measure::weighted_mean(by_workload, weights);
      if (i == 0 || runners[0].fault || !rule.racing(0)) continue;
      std::vector<std::array<double, 4>> block;
      for (std::size_t w = 0; w < weights.size(); ++w)
        block.push_back({runners[0].seconds[w][0], r.seconds[w][0], r.seconds[w][1], runners[0].seconds[w][1]});
      records[i].visits.push_back(std::move(block));
    }
    rule.add(logs);
  }
  for (Runner& r : runners) r.bench.reset();

  out.rounds = rule.rounds();
  constexpr double duel_p = 0.0155;  // as a duel's
  for (std::size_t i = 1; i < runners.size(); ++i) {
    DuelRecord& d = records[i];
    d.processes = field.processes();
    const std::optional<Fault>& fault = runners[0].fault ? runners[0].fault : runners[i].fault;
    if (fault) {
      d.outcome = DuelOutcome::failed;
      d.fault = fault;
      d.fault_is_incumbent = runners[0].fault.has_value();
    } else {
      std::vector<std::vector<double>> by_block;
      for (const auto& block : d.visits) {
        std::vector<double> row;
        for (const auto& visits : block) row.push_back(measure::block_log(visits));
        by_block.push_back(std::move(row));
      }
      const auto model = [](const measure::Interval& r) {
        return Interval{r.estimate, r.lower, std::min(r.upper, 1e9), 0.95};
      };
      const auto ratio = rule.ratio(i, 0, duel_p);
      d.ratio = model(ratio);
      for (std::size_t w = 0; w < weights.size(); ++w)
        d.per_workload.push_back(model(measure::signed_rank_interval(measure::column(by_block, w), duel_p)));
      d.looks = ratio.n == 0 ? 0 : 1;
      d.sigma_d = measure::robust_sigma(rule.differences(0, i));
      d.outcome = ratio.lower > 1   ? DuelOutcome::faster
                  : ratio.upper < 1 ? DuelOutcome::slower
                                    : DuelOutcome::undecided;
      d.differs = d.outcome != DuelOutcome::undecided;
    }
    out.duels.push_back(std::move(d));
  }
  if (const auto leader = rule.leader(); leader && !runners[0].fault) {
    // The incumbent stays unless somebody may be better by more than the tolerance.
    const double stay = rule.racing(0) ? rule.regret_upper(0) : std::numeric_limits<double>::infinity();
    const std::size_t pick = stay < job.regret ? 0 : *leader;
    out.pick = job.candidates[pick].id;
    out.regret = std::min(rule.regret_upper(pick), 1e9);
  }
  return out;
}

}  // namespace ridge
