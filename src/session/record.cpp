#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "session/internal/state.h"

namespace ridge {
namespace {

void add_cost(Session::State& s, const JobCost& c) {
  s.cost.compile_s += c.compile_s;
  s.cost.kernel_s += c.kernel_s;
  s.cost.draw_check_s += c.draw_check_s;
  s.cost.own_s += c.own_s;
}

}  // namespace

Result<void> record(Session::State& s, EventBody body) {
  Event event;
  event.time = s.parts.clock->wall();
  event.elapsed_s = s.elapsed();
  event.body = std::move(body);
  RIDGE_TRY(event.seq, s.parts.archive->append(event));
  remember(s, event);
  s.parts.policy->observe(event);
  for (Listener* l : s.parts.listeners) l->on_event(event);
  return {};
}

void remember(Session::State& s, const Event& event) {
  if (const auto* e = std::get_if<Evaluation>(&event.body)) {
    ++s.evaluations_seen;
    add_cost(s, e->cost);
  } else if (const auto* d = std::get_if<DuelRecord>(&event.body)) {
    add_cost(s, d->cost);
    if (d->purpose == sentinel_purpose) {
      s.duels_since_sentinel = 0;
      return;
    }
    if (d->purpose != "select") ++s.duels_since_sentinel;
    // A race's duels settle something only when its end is recorded: a kill may have come between them. Whoever was
    // faster than the incumbent is not settled against it: the winner may fall, and then it is their turn.
    const std::pair pair(d->incumbent, d->candidate);
    if (d->purpose == "select") {
      if (d->outcome != DuelOutcome::faster) s.racing.push_back(pair);
    } else if (d->outcome != DuelOutcome::voided) {
      s.duelled.insert(pair);
      if (d->outcome == DuelOutcome::slower) s.settled.insert(pair);
    }
  } else if (const auto* p = std::get_if<Promoted>(&event.body)) {
    s.confirmed.erase(p->candidate);
    if (p->over) {  // should it fall, it does not come back that way
      s.duelled.insert({*p->over, p->candidate});
      s.settled.insert({*p->over, p->candidate});
    }
    const auto below = p->over ? s.ratio_over_seed.find(*p->over) : s.ratio_over_seed.end();
    const Interval base = below == s.ratio_over_seed.end() ? Interval{} : below->second;
    s.ratio_over_seed[p->candidate] = {base.estimate * p->ratio.estimate, base.lower * p->ratio.lower,
                                       base.upper * p->ratio.upper, p->ratio.level};
  } else if (const auto* c = std::get_if<Confirmation>(&event.body)) {
    s.confirmed[c->candidate] = *c;
    add_cost(s, c->cost);
  } else if (const auto* g = std::get_if<GateAttempt>(&event.body)) {
    s.gates.push_back(*g);
    s.seen_at_gate = s.evaluations_seen;
    add_cost(s, g->cost);
  } else if (const auto* r = std::get_if<Selected>(&event.body)) {
    // Each race bounds what its own field may still hold; who stands after several carries the largest of their bounds.
    if (!r->candidate.empty()) {
      const auto before = s.regret.find(r->incumbent);
      const double known = before == s.regret.end() ? 0 : before->second;
      s.regret[r->candidate] = std::max(known, r->regret);
    }
    s.duelled.insert(s.racing.begin(), s.racing.end());
    s.settled.insert(s.racing.begin(), s.racing.end());
    s.racing.clear();
    add_cost(s, r->cost);
  }
}

// A run that goes on: the policy and the state see every event again; what was in flight is done anew.
Result<void> recall(Session::State& s) {
  bool any = false;
  double last_s = 0;
  std::vector<Candidate> open;  // in the order they were begun
  const auto close = [&](const CandidateId& id) {
    std::erase_if(open, [&](const Candidate& c) { return c.id == id; });
  };
  if (s.parts.history)
    RIDGE_TRY_VOID(s.parts.history([&](const Event& event) -> Result<void> {
      any = true;
      if (const auto* duel = std::get_if<DuelRecord>(&event.body))
        (duel->purpose == sentinel_purpose ? s.sentinel_s : s.duel_s) += std::max(0.0, event.elapsed_s - last_s);
      last_s = event.elapsed_s;
      s.elapsed_before_s = std::max(s.elapsed_before_s, event.elapsed_s);
      remember(s, event);
      s.parts.policy->observe(event);
      if (const auto* c = std::get_if<CandidateAdded>(&event.body)) open.push_back(c->candidate);
      if (const auto* e = std::get_if<Evaluation>(&event.body)) close(e->candidate);
      if (const auto* c = std::get_if<Considered>(&event.body)) close(c->candidate);
      return {};
    }));
  s.unfinished = std::move(open);
  if (any)
    return record(s, RunResumed{fmt::format("{} evaluations recorded, {} candidates were in flight",
                                            s.view().evaluations(), s.unfinished.size()),
                                s.parts.secret_commitment});
  return record(s, RunStarted{s.parts.started_json.empty() ? to_json(s.spec).dump() : s.parts.started_json});
}

void report_progress(Session::State& s) {
  if (s.parts.listeners.empty()) return;
  Progress p;
  p.elapsed_s = s.elapsed();
  p.left_s = std::max(0.0, s.spec.budget.wall_s - p.elapsed_s);
  p.evaluations = std::int64_t(s.view().evaluations());
  p.failed = p.evaluations - std::int64_t(s.view().count(Verdict::ok)) - std::int64_t(s.view().duplicates());
  p.per_second = p.elapsed_s > 0 ? double(p.evaluations) / p.elapsed_s : 0;
  const Record* shown = s.view().champion();
  if (shown) {
    const auto known = s.ratio_over_seed.find(shown->candidate.id);
    if (known != s.ratio_over_seed.end()) p.best = known->second, p.best_is_screened = false;
  } else if (const Record* best = s.view().best()) {
    shown = best;
    p.best = {best->score(), best->score(), best->score(), 0.95};
  }
  if (shown) {
    std::vector<std::string> parts;
    for (const auto& [name, value] : shown->candidate.parameters) parts.push_back(name + "=" + text(value));
    p.parameters = join(parts, " ");
  }
  p.phase = s.phase_text;
  for (Listener* l : s.parts.listeners) l->on_progress(p);
}

}  // namespace ridge
