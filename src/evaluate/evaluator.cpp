#include "evaluate/evaluator.h"

#include <algorithm>

#include "evaluate/internal/state.h"

namespace ridge {
namespace {

constexpr double near_best = 0.85;  // of the best score

// A finalist is built alone before it decides anything. Where its machine code is not what was screened in a unit with
// others, another program was screened: it is screened again, and that takes the old result's place.
Result<std::optional<Evaluation>> screen_again(Evaluator::State& s, Prepared& p) {
  const auto known = s.evaluations.find(p.candidate.id);
  if (known == s.evaluations.end() || known->second.compile.binary == short_id('b', p.binary.digest))
    return std::optional<Evaluation>();
  s.seen.insert_or_assign(p.identity, p.candidate.id);
  RIDGE_TRY(Evaluation e, judge_prepared(s, p, nullptr, {}));
  return std::optional(std::move(e));
}

// The better of the one that the session named and what has been screened since.
const Evaluation* incumbent_for(const Evaluator::State& s, const ScreenJob& job) {
  const Evaluation* named = nullptr;
  if (job.incumbent)
    if (const auto known = s.evaluations.find(*job.incumbent); known != s.evaluations.end()) named = &known->second;
  if (!named || !s.best) return named;
  const auto best = s.evaluations.find(*s.best);
  if (best == s.evaluations.end() || !best->second.score) return named;
  return named->score && named->score->value >= best->second.score->value ? named : &best->second;
}

double best_score(const Evaluator::State& s) {
  const auto best = s.best ? s.evaluations.find(*s.best) : s.evaluations.end();
  return best != s.evaluations.end() && best->second.score ? best->second.score->value : 0;
}

// Whoever comes near the best may have to race: built alone already, it need not be built again.
void keep_finalist(Evaluator::State& s, const std::shared_ptr<Prepared>& p, double score) {
  const double best = best_score(s);
  if (score >= near_best * best && p->binary.unit == 1) keep(s, p);
  if (score > best) s.best = p->candidate.id;
}

// The session's first candidate is the seed, which has just been judged.
Evaluation opened_with(Evaluator::State& s, const Prepared& seed) {
  s.seen.try_emplace(seed.identity, seed.candidate.id);
  Evaluation e = std::move(*s.opening);
  s.opening.reset();
  return e;
}

// Those that the job names, else all scored ones.
std::vector<const Workload*> workloads_of(const Task& task, const DuelJob& job) {
  if (job.workloads.empty()) return task.scored();
  std::vector<const Workload*> out;
  for (const std::string& name : job.workloads) {
    const Workload* w = task.workload(name);
    RIDGE_CHECK(w, "a duel is asked for on workloads of its task");
    out.push_back(w);
  }
  return out;
}

}  // namespace

Evaluator::Evaluator(std::unique_ptr<State> state) : state_(std::move(state)) {}
Evaluator::~Evaluator() = default;

Result<std::unique_ptr<Evaluator>> Evaluator::open(std::shared_ptr<const Task> task, Device& device,
                                                   std::unique_ptr<Oracle> oracle, Secret secret,
                                                   EvaluatorSettings settings) {
  auto state = std::make_unique<State>(task, device, std::move(oracle), std::move(secret), std::move(settings));
  State& s = *state;
  s.opened_s = s.seconds_now();
  s.say("measuring the machine's ceilings");
  RIDGE_TRY(s.ceilings, device.ceilings(false));

  const auto source = task->seeds.find(s.caps.plan.dialect);
  if (source == task->seeds.end())
    return invalid("{}: no seed.{}: device {} runs dialect {}", task->folder, extension(s.caps.plan.dialect), s.caps.id,
                   name(s.caps.plan.dialect));
  RIDGE_TRY(const Candidate seed, candidate_of(*task, source->second, device_scope(s.caps), "seed"));
  // The template is judged next: the two are compiled beside each other.
  if (const auto other = task->templates.find(s.caps.plan.dialect); other != task->templates.end())
    if (auto candidate = candidate_of(*task, other->second, device_scope(s.caps), "template")) {
      RIDGE_TRY_VOID(ready_all(s, {seed, *candidate}));
    }

  RIDGE_TRY(auto prepared, ready(s, seed));
  if (!prepared)
    return invalid("{}: the task's own seed is not accepted: {}: {}", source->second.file,
                   describe(prepared.error().reason), prepared.error().text);
  RIDGE_TRY(Evaluation e, judge_prepared(s, **prepared, nullptr, {}));
  if (e.verdict != Verdict::ok)
    return invalid("{}: the task's own seed is not accepted: {}: {}: {}", source->second.file, name(e.verdict),
                   describe(e.reason), e.diagnostics.empty() ? "" : e.diagnostics.back().text);
  for (const WorkloadResult& r : e.workloads)
    if (r.timing) s.seed_seconds[r.name] = r.timing->median;
  s.seen.clear();
  s.opening = std::move(e);
  return std::unique_ptr<Evaluator>(new Evaluator(std::move(state)));
}

JobId Evaluator::submit(JudgeJob job) {
  state_->queue.emplace_back(++state_->last_job, std::move(job));
  return state_->last_job;
}

bool Evaluator::cancel(JobId job) {
  auto& q = state_->queue;
  const auto it = std::find_if(q.begin(), q.end(), [&](const auto& entry) { return entry.first == job; });
  if (it == q.end()) return false;
  q.erase(it);
  return true;
}

Result<std::vector<Completion>> Evaluator::poll() {
  State& s = *state_;
  std::vector<Completion> done;
  if (s.queue.empty()) return done;

  // Anything but screening is done alone, in its turn.
  if (!std::holds_alternative<ScreenJob>(s.queue.front().second)) {
    const auto [id, job] = std::move(s.queue.front());
    s.queue.pop_front();
    const Account account(s);
    if (const auto* d = std::get_if<DuelJob>(&job)) {
      s.say(fmt::format("{} against {}", d->candidate.id, d->incumbent.id));
      RIDGE_TRY(auto a, ready(s, d->incumbent));
      RIDGE_TRY(auto b, ready(s, d->candidate));
      if (!a || !b) {
        DuelRecord record;
        record.incumbent = d->incumbent.id;
        record.candidate = d->candidate.id;
        record.purpose = d->purpose;
        record.outcome = DuelOutcome::failed;
        record.fault = !a ? a.error() : b.error();
        record.fault_is_incumbent = !a;
        done.push_back({id, std::move(record)});
        return done;
      }
      RIDGE_TRY(auto screened, screen_again(s, **b));
      if (screened) {
        if (screened->verdict == Verdict::ok) remember(*screened);
        done.push_back({id, std::move(*screened)});
      }
      DuelPlan plan;
      plan.purpose = d->purpose;
      plan.workloads = workloads_of(*s.task, *d);
      plan.goal = d->goal;
      if (!d->looks.empty()) plan.looks = d->looks;
      if (d->blocks_per_process > 0) plan.blocks_per_process = d->blocks_per_process;
      plan.time_limit_s = d->time_limit_s;
      RIDGE_TRY(DuelRecord record, duel(s, **a, **b, plan));
      record.cost = account.cost();
      done.push_back({id, std::move(record)});
    } else if (const auto* r = std::get_if<RaceJob>(&job)) {
      s.say(fmt::format("choosing among {} finalists", r->candidates.size()));
      RIDGE_TRY(Race result, race(s, *r));
      // Whom the race picked was perhaps screened in a unit with others, as another program.
      if (!result.pick.empty()) {
        RIDGE_TRY(auto pick, ready(s, *std::ranges::find(r->candidates, result.pick, &Candidate::id)));
        if (pick) {
          RIDGE_TRY(auto screened, screen_again(s, **pick));
          if (screened) {
            if (screened->verdict == Verdict::ok) remember(*screened);
            done.push_back({id, std::move(*screened)});
          }
        }
      }
      result.cost = account.cost();
      done.push_back({id, std::move(result)});
    } else if (const auto* c = std::get_if<ConfirmJob>(&job)) {
      RIDGE_TRY(Confirmation confirmation, confirm(s, *c));
      confirmation.cost = account.cost();
      done.push_back({id, std::move(confirmation)});
    } else if (const auto* g = std::get_if<GateJob>(&job)) {
      RIDGE_TRY(GateAttempt attempt, gate(s, *g));
      attempt.cost = account.cost();
      done.push_back({id, std::move(attempt)});
    }
    return done;
  }

  // All screening jobs at the front: admitted, compiled side by side, then measured one after the other.
  struct Item {
    JobId id = 0;
    ScreenJob job;
    std::shared_ptr<Prepared> prepared;
    double admit_s = 0;
  };
  std::vector<Item> items;
  std::vector<Prepared*> to_compile;
  while (!s.queue.empty() && std::holds_alternative<ScreenJob>(s.queue.front().second)) {
    Item item{s.queue.front().first, std::get<ScreenJob>(std::move(s.queue.front().second)), nullptr};
    s.queue.pop_front();
    const double begin = s.seconds_now();
    auto admitted = admit(*s.task, s.caps, item.job.candidate);
    item.admit_s = s.seconds_now() - begin;
    if (!admitted) {
      Evaluation e = failed(s, item.job.candidate, admitted.error());
      e.cost.own_s = item.admit_s;
      done.push_back({item.id, std::move(e)});
      continue;
    }
    item.prepared = std::make_shared<Prepared>(std::move(*admitted));
    to_compile.push_back(item.prepared.get());
    items.push_back(std::move(item));
  }
  Builds builds(s, to_compile);
  for (std::size_t i = 0; i < items.size(); ++i) {
    RIDGE_TRY(auto compiled, builds.take(i));
    if (!compiled) {
      Evaluation e = failed(s, items[i].job.candidate, compiled.error());
      e.cost.compile_s = items[i].prepared->compile_share_s;
      e.cost.own_s = items[i].admit_s;
      done.push_back({items[i].id, std::move(e)});
      continue;
    }
    RIDGE_TRY(Evaluation e, s.opening && s.opening->candidate == items[i].job.candidate.id
                                ? Result<Evaluation>(opened_with(s, *items[i].prepared))
                                : judge_prepared(s, *items[i].prepared, incumbent_for(s, items[i].job), {}));
    e.cost.own_s += items[i].admit_s;
    if (e.verdict == Verdict::ok) {
      if (e.score && e.score->value > best_score(s)) {
        const Account account(s);
        RIDGE_TRY_VOID(profile_survivor(s, *items[i].prepared, e));
        e.cost += account.cost();
      }
      remember(e);
      if (e.score) keep_finalist(s, items[i].prepared, e.score->value);
    }
    done.push_back({items[i].id, std::move(e)});
  }
  return done;
}

Result<Evaluation> Evaluator::evaluate(const Candidate& candidate, const std::vector<std::string>& workloads,
                                       const std::vector<std::string>& libraries, bool counters) {
  State& s = *state_;
  std::vector<const Workload*> extra;
  for (const std::string& name : workloads) {
    const Workload* w = s.task->workload(name);
    if (!w) return fail(Error::Kind::usage, "task {} has no workload \"{}\"", s.task->id, name);
    extra.push_back(w);
  }
  auto admitted = admit(*s.task, s.caps, candidate);
  if (!admitted) return failed(s, candidate, admitted.error());
  const double begin = s.seconds_now();
  RIDGE_TRY(auto compiled, compile(s.device, *s.task, *admitted, false, libraries));
  admitted->compile_share_s = s.seconds_now() - begin;
  s.effort.compile_s += admitted->compile_share_s;
  if (!compiled) return failed(s, candidate, compiled.error());
  s.seen.clear();  // `check` judges the same binary as often as it is asked to
  RIDGE_TRY(Evaluation e, judge_prepared(s, *admitted, nullptr, extra));
  if (e.verdict == Verdict::ok && counters) {
    std::vector<const Workload*> measured = s.task->scored();
    measured.insert(measured.end(), extra.begin(), extra.end());
    RIDGE_TRY_VOID(profile(s, *admitted, measured, e.workloads, e.diagnostics));
  }
  return e;
}

double Evaluator::sigma_p() const {
  return state_->sigma_p();
}

void Evaluator::remember(const Evaluation& e) {
  Evaluation kept;  // what later comparisons need, and no more: memory must not grow with diagnostics
  kept.candidate = e.candidate;
  kept.score = e.score;
  kept.compile.binary = e.compile.binary;
  for (const WorkloadResult& r : e.workloads) {
    WorkloadResult w;
    w.name = r.name;
    w.timing = r.timing;
    kept.workloads.push_back(std::move(w));
  }
  state_->evaluations[e.candidate] = std::move(kept);
}

}  // namespace ridge
