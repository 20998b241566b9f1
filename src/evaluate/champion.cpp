// What only a champion is examined for, because it costs seconds: its plan under the device's sanitizers, on small
// workloads of the held-out family. What cannot be done here is said, and is no fault.
#include <algorithm>

#include "evaluate/compare.h"
#include "evaluate/internal/poison.h"
#include "evaluate/internal/state.h"

namespace ridge {
namespace {

constexpr int sanitized_workloads = 2;
constexpr int tries = 12;  // draws until an operand has another value, or a change of it shows

// What the plan's storages hold before a call: the draw's inputs, and poison elsewhere.
Result<std::vector<std::vector<std::byte>>> contents(Evaluator::State& s, const ResolvedPlan& plan, const Workload& w) {
  RIDGE_TRY(const auto draw, s.draws.fresh(w, "sanitizer"));
  std::vector<std::vector<std::byte>> out;
  for (const Storage& storage : plan.storages) {
    if (storage.buffer >= 0 && s.task->interface.buffers[std::size_t(storage.buffer)].access != Access::out) {
      out.push_back(draw->inputs[std::size_t(storage.buffer)]);
      continue;
    }
    out.emplace_back(storage.bytes);
    poison(out.back(), storage.type, s.draws.secret_number());
  }
  return out;
}

// The plan without its kernels: fills and copies alone must not give the answer, or somebody else did the work.
Result<Judged<void>> ghost_replay(Evaluator::State& s, const Prepared& p, const Workload& w,
                                  std::vector<TrustCheck>& checks) {
  Prepared ghost = p;
  auto plan = plan_for(ghost, *s.task, s.caps, w);
  if (!plan) return Judged<void>(std::unexpected(std::move(plan).error()));
  for (auto* steps : {&ghost.plans.at(w.name).setup, &ghost.plans.at(w.name).steps})
    std::erase_if(*steps, [](const ResolvedStep& step) { return step.kind == ResolvedStep::Kind::launch; });
  RIDGE_TRY(auto right, right_on(s, ghost, w, "ghost"));
  if (right) {
    checks.push_back({"ghost replay", CheckOutcome::failed, "right without any of its kernels"});
    return Judged<void>(std::unexpected(
        Fault{Verdict::wrong_result, Reason::no_work, "confirm", std::string(describe(Reason::no_work))}));
  }
  checks.push_back(
      {"ghost replay", CheckOutcome::held, "without its kernels: " + std::string(name(right.error().reason))});
  return Judged<void>();
}

// Would the check see it if an operand were ignored? The oracle's answers with and without a change of it are compared
// under the task's own tolerance. Where they differ, a candidate that is right on both heeds the operand.
Result<bool> answers_differ(Evaluator::State& s, const Draw& before, const Workload& w, const Draw& after) {
  RIDGE_TRY(const MapScope scope, ridge::bind(s.task->interface, w.binding));
  for (std::size_t i = 0; i < after.answers.size(); ++i) {
    const BufferSpec& buffer = s.task->interface.buffers[i];
    if (buffer.access == Access::in) continue;
    const Tolerance& tolerance = s.task->check.of(buffer.name);
    const Answer &x = before.answers[i], &y = after.answers[i];
    if (tolerance.metric == Metric::custom) {  // only the task knows how far is far
      if (x.real != y.real || x.integer != y.integer) return true;
      continue;
    }
    std::vector<std::byte> bytes;
    for (std::size_t e = 0; e < std::max(x.real.size(), x.integer.size()); ++e) {
      const auto bits = encode(x.real.empty() ? Number(x.integer[e]) : Number(x.real[e]), buffer.type);
      if (!bits) return true;
      const auto* p = reinterpret_cast<const std::byte*>(&*bits);
      bytes.insert(bytes.end(), p, p + size_of(buffer.type));
    }
    RIDGE_TRY(const Comparison c, compare(buffer, bytes, y, tolerance, scope));
    if (!c.pass) return true;
  }
  return false;
}

// A draw and the same one with another value of one operand, both answered.
struct Change {
  Workload workload;
  std::shared_ptr<Draw> after;
  bool visible = false;  // the answers differ beyond the tolerance
  std::string note;      // why the operand cannot be changed alone; empty: it can
};

Result<Change> change_of(Evaluator::State& s, Prepared& p, const Workload& w, const std::string& operand) {
  const Interface& interface = s.task->interface;
  Change c;
  RIDGE_TRY(auto before, s.draws.fresh(w, "sensitivity"));
  RIDGE_TRY_VOID(s.draws.answer(w, *before));
  c.workload = w;
  c.workload.name = w.name + "-changed";
  if (interface.symbol(operand)) {
    Number& value = c.workload.binding.at(operand);
    for (int i = 0; i < tries && value == w.binding.at(operand); ++i) {
      RIDGE_TRY(const Workload fresh, draw_small_workload(s, "sensitivity"));
      value = fresh.binding.at(operand);
    }
    auto usual = plan_for(p, *s.task, s.caps, w), plan = plan_for(p, *s.task, s.caps, c.workload);
    bool alone = usual && plan;
    for (std::size_t b = 0; alone && b < interface.buffers.size(); ++b)
      alone = (*plan)->storages[b].bytes == (*usual)->storages[b].bytes;
    p.plans.erase(c.workload.name);
    if (!alone) {
      c.note = "a size: right on every drawn one";
      return c;
    }
    RIDGE_TRY(c.after, s.draws.replay(c.workload, before->seed));
    if (c.after->inputs != before->inputs) {
      c.note = "the inputs follow it: right for every drawn one";
      return c;
    }
  } else {
    const auto index =
        std::size_t(std::ranges::find(interface.buffers, operand, &BufferSpec::name) - interface.buffers.begin());
    RIDGE_TRY(auto fresh, s.draws.fresh(w, "sensitivity"));
    if (fresh->inputs[index] == before->inputs[index]) {
      // It follows from scalars (a table of probabilities from a temperature): those are drawn anew as well.
      Workload elsewhere = w;
      RIDGE_TRY(const Workload drawn, draw_small_workload(s, "sensitivity"));
      for (const Symbol& symbol : interface.symbols)
        if (is_real(symbol.type)) elsewhere.binding.insert_or_assign(symbol.name, drawn.binding.at(symbol.name));
      RIDGE_TRY(fresh, s.draws.fresh(elsewhere, "sensitivity"));
    }
    c.after = std::make_shared<Draw>();
    c.after->seed = before->seed;
    c.after->inputs = before->inputs;
    c.after->inputs[index] = fresh->inputs[index];
    RIDGE_TRY_VOID(s.draws.answer(c.workload, *c.after));
  }
  RIDGE_TRY(c.visible, answers_differ(s, *before, c.workload, *c.after));
  return c;
}

Result<Judged<void>> sensitivity(Evaluator::State& s, Prepared& p, const Workload& w, std::vector<TrustCheck>& checks) {
  for (const std::string& operand : s.task->check.sensitive_to) {
    const std::string title = "sensitive to " + operand;
    Change change;
    // Two near values of an operand may have equal answers, in a small workload above all: another pair may not.
    for (int i = 0; i < tries && !change.visible && change.note.empty(); ++i) {
      RIDGE_TRY(change, change_of(s, p, w, operand));
    }
    if (!change.note.empty()) {
      checks.push_back({title, CheckOutcome::held, change.note});
      continue;
    }
    if (!change.visible) {
      checks.push_back(
          {title, CheckOutcome::not_possible, "the task's answers do not change with it beyond the tolerance"});
      continue;
    }
    RIDGE_TRY(auto right, try_once(s, p, change.workload, change.after));
    p.plans.erase(change.workload.name);
    if (!right) {
      checks.push_back({title, CheckOutcome::failed, right.error().text});
      Fault fault = right.error();
      fault.stage = "confirm";
      fault.text = fmt::format("with another {}: {}", operand, fault.text);
      return Judged<void>(std::unexpected(std::move(fault)));
    }
    checks.push_back({title, CheckOutcome::held, "right before and after a change that the answers show"});
  }
  return Judged<void>();
}

Result<Judged<void>> sanitized(Evaluator::State& s, Sanitizing& sanitizing, std::vector<TrustCheck>& checks) {
  s.say("sanitizers");
  const double begin = s.seconds_now();
  RIDGE_TRY(const auto findings, sanitizing.findings.get());
  const double waited_s = s.seconds_now() - begin;
  double build_s = 0, all_s = 0;
  for (const SanitizerFinding& f : findings) build_s += f.build_seconds, all_s += f.build_seconds + f.run_seconds;
  // What was waited for is what it cost; the rest happened beside other work.
  const double building = all_s > 0 ? build_s / all_s : 0;
  s.effort.compile_s += waited_s * building;
  s.effort.check_s += waited_s * (1 - building);
  for (const SanitizerFinding& f : findings) {
    const bool found = f.outcome == SanitizerFinding::Outcome::found;
    checks.push_back({f.tool,
                      found                                                  ? CheckOutcome::failed
                      : f.outcome == SanitizerFinding::Outcome::not_possible ? CheckOutcome::not_possible
                                                                             : CheckOutcome::held,
                      f.text});
    if (found)
      return Judged<void>(
          std::unexpected(Fault{Verdict::wrong_result, f.reason, "confirm", fmt::format("{}: {}", f.tool, f.text)}));
  }
  return Judged<void>();
}

}  // namespace

Result<Judged<Sanitizing>> begin_sanitizing(Evaluator::State& s, const Candidate& candidate) {
  Sanitizing out;
  if (!s.settings.mechanisms.sanitizers) return Judged<Sanitizing>(std::move(out));
  auto p = admit(*s.task, s.caps, candidate);
  if (!p) return Judged<Sanitizing>(std::unexpected(std::move(p).error()));
  SanitizerJob job;
  job.compile = compile_job(*p, {});
  job.workers = p->workers;
  for (int i = 0; i < sanitized_workloads; ++i) {
    RIDGE_TRY(const Workload w, draw_small_workload(s, fmt::format("sanitizer-{}", i + 1)));
    auto plan = plan_for(*p, *s.task, s.caps, w);
    if (!plan) return Judged<Sanitizing>(std::unexpected(std::move(plan).error()));
    RIDGE_TRY(auto storages, contents(s, **plan, w));
    job.runs.push_back({**plan, std::move(storages)});
  }
  // On a device of its own the sanitizer's runs would take it from the others.
  const bool beside = s.caps.shares_host && !s.caps.simulated;
  out.findings = std::async(beside ? std::launch::async : std::launch::deferred,
                            [&device = s.device, job = std::move(job)] { return device.sanitize(job); });
  return Judged<Sanitizing>(std::move(out));
}

Result<Judged<void>> examine(Evaluator::State& s, Prepared& p, Sanitizing& sanitizing,
                             std::vector<TrustCheck>& checks) {
  RIDGE_TRY(const Workload w, draw_small_workload(s, "examination"));
  const MechanismSwitches& on = s.settings.mechanisms;
  if (on.ghost_replay) {
    RIDGE_TRY(auto worked, ghost_replay(s, p, w, checks));
    if (!worked) return worked;
  }
  if (on.sensitivity) {
    RIDGE_TRY(auto heeds, sensitivity(s, p, w, checks));
    if (!heeds) return heeds;
  }
  if (on.relations) {
    RIDGE_TRY(auto related, relations(s, p, w, checks));
    if (!related) return related;
  }
  if (sanitizing.findings.valid()) {
    RIDGE_TRY(auto sane, sanitized(s, sanitizing, checks));
    if (!sane) return sane;
  }
  p.plans.erase(w.name);
  return Judged<void>();
}

}  // namespace ridge
