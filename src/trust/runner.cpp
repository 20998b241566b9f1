#include "trust/runner.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "catalog/catalog.h"
#include "confine/confine.h"
#include "evaluate/checker.h"

namespace ridge {
namespace {

// Everything that was said, the reason's own words first.
std::string text_of(const Evaluation& e) {
  for (auto d = e.diagnostics.rbegin(); d != e.diagnostics.rend(); ++d)
    if (d->stage != "tripwire" && d->stage != "output") return d->text;
  return "";
}

Result<Candidate> candidate_in(const Task& task, const Device& device, const std::string& path, const std::string& name,
                               const std::map<std::string, std::string>& parameters) {
  RIDGE_TRY(std::string content, read_file(path));
  TaskSource source{name, std::move(content), device.capabilities().plan.dialect};
  if (parameters.empty()) return candidate_of(task, source, device);
  Draft draft;
  draft.source = std::make_shared<const std::string>(std::move(source.text));
  RIDGE_TRY(Plan plan, plan_from_source(*draft.source, name));
  Parameters chosen;
  for (const auto& [tunable, wanted] : parameters) {
    const auto at = std::ranges::find(plan.tunables, tunable, &Tunable::name);
    if (at == plan.tunables.end()) return invalid("{}: there is no tunable {}", name, tunable);
    const auto value = std::ranges::find_if(at->values, [&](const ParameterValue& v) { return text(v) == wanted; });
    if (value == at->values.end()) return invalid("{}: {} has no value {}", name, tunable, wanted);
    chosen[tunable] = *value;
  }
  RIDGE_TRY(draft.parameters, complete(plan, chosen, MapScope(device.capabilities().facts)));
  draft.plan = std::make_shared<const Plan>(std::move(plan));
  draft.file = name;
  draft.dialect = source.dialect;
  draft.op = "museum";
  return seal(task, std::move(draft));
}

}  // namespace

std::string_view name(MuseumStage s) {
  switch (s) {
    case MuseumStage::screening:
      return "screening";
    case MuseumStage::confirmation:
      return "confirmation";
    case MuseumStage::gate:
      return "gate";
    case MuseumStage::passed:
      return "passed";
  }
  return "";
}

std::string outcome_text(const MuseumOutcome& o) {
  if (!o.skipped.empty()) return "skipped";
  return o.reason == Reason::none ? std::string(name(o.verdict))
                                  : fmt::format("{} {}", name(o.verdict), name(o.reason));
}

struct MuseumRunner::Place {
  std::shared_ptr<const Task> task;
  std::unique_ptr<Evaluator> evaluator;
  std::optional<Candidate> seed;
  int attempts = 0;  // at the gate; every one draws anew
};

MuseumRunner::MuseumRunner(Museum museum, Device& device, MuseumSettings settings)
    : museum_(std::move(museum)), device_(device), settings_(settings) {}
MuseumRunner::~MuseumRunner() = default;

Result<MuseumRunner::Place*> MuseumRunner::place(const std::string& task, double time_limit_s, double visit_seconds) {
  auto& known = places_[{task, time_limit_s, visit_seconds}];
  if (known) return known.get();
  auto made = std::make_unique<Place>();
  RIDGE_TRY(Task read, read_task(museum_.task_folder(task), task));
  made->task = std::make_shared<const Task>(std::move(read));
  const auto seed = made->task->seeds.find(device_.capabilities().plan.dialect);
  if (seed == made->task->seeds.end()) return invalid("{}: no seed for this device", museum_.task_folder(task));
  RIDGE_TRY(made->seed, candidate_of(*made->task, seed->second, device_));
  EvaluatorSettings settings;
  settings.screen_seconds = settings_.screen_seconds;
  settings.visit_seconds = visit_seconds;
  settings.time_limit_s = time_limit_s;
  settings.progress = settings_.progress;
  settings.mechanisms = settings_.mechanisms;
  RIDGE_TRY(auto oracle, make_oracle(*made->task));
  RIDGE_TRY(made->evaluator,
            Evaluator::open(made->task, device_, std::move(oracle), Secret::from_entropy(), std::move(settings)));
  known = std::move(made);
  return known.get();
}

std::string MuseumRunner::missing(const std::vector<MuseumNeed>& needs) const {
  for (const MuseumNeed need : needs) switch (need) {
      case MuseumNeed::cores:
        if (device_.capabilities().cores < 2) return "there is one core";
        break;
      case MuseumNeed::seccomp:
        if (!probe_layers().seccomp) return "the system has no seccomp";
        break;
      case MuseumNeed::x86_64:
#if !defined(__x86_64__)
        return "the processor is not an x86-64";
#else
        break;
#endif
      case MuseumNeed::clang:
        if (std::ranges::find(device_.capabilities().compilers, "clang++") == device_.capabilities().compilers.end())
          return "clang++ is not there";
        break;
    }
  return "";
}

Result<MuseumOutcome> MuseumRunner::through_everything(Place& p, const std::string& path, const std::string& file,
                                                       const std::map<std::string, std::string>& parameters,
                                                       double duel_seconds) {
  MuseumOutcome out;
  RIDGE_TRY(const Candidate c, candidate_in(*p.task, device_, path, file, parameters));
  RIDGE_TRY(const Evaluation e, p.evaluator->evaluate(c));
  if (e.verdict != Verdict::ok) {
    out.verdict = e.verdict;
    out.reason = e.reason;
    out.stage = MuseumStage::screening;
    out.text = text_of(e);
    return out;
  }
  const auto finish = [&](JudgeJob job) -> Result<JudgeResult> {
    p.evaluator->submit(std::move(job));
    RIDGE_TRY(auto done, p.evaluator->poll());
    RIDGE_CHECK(done.size() == 1, "one job, one completion");
    return std::move(done.front().result);
  };
  RIDGE_TRY(const JudgeResult confirmed, finish(ConfirmJob{c, *p.seed, duel_seconds}));
  const auto& confirmation = std::get<Confirmation>(confirmed);
  out.checks = confirmation.checks;
  if (!confirmation.passed) {
    out.stage = MuseumStage::confirmation;
    out.verdict = confirmation.fault ? confirmation.fault->verdict : Verdict::wrong_result;
    out.reason = confirmation.fault ? confirmation.fault->reason : Reason::none;
    out.text = confirmation.fault ? confirmation.fault->text : "";
    for (const TrustCheck& check : confirmation.checks)
      if (check.outcome == CheckOutcome::failed) out.mechanism = check.mechanism;
    return out;
  }
  // Slower than the seed is no fault here: the gate's word on speed is left out.
  RIDGE_TRY(const JudgeResult gated, finish(GateJob{c, *p.seed, ++p.attempts}));
  const auto& gate = std::get<GateAttempt>(gated);
  if (!gate.passed && gate.reason != Reason::none) {
    out.stage = MuseumStage::gate;
    out.verdict = Verdict::wrong_result;
    for (const WorkloadResult& w : gate.workloads)
      if (w.verdict != Verdict::ok) out.verdict = w.verdict;
    out.reason = gate.reason;
    out.text = std::string(describe(gate.reason)) + " (hidden workloads tell no more)";
  }
  return out;
}

Result<MuseumOutcome> MuseumRunner::run(const MuseumProgram& program) {
  MuseumOutcome out;
  out.id = program.id;
  out.skipped = missing(program.needs);
  if (!out.skipped.empty()) return out;
  const auto begin = std::chrono::steady_clock::now();
  RIDGE_TRY(Place * p, place(program.task, program.time_limit_s, settings_.visit_seconds));
  for (int i = 0; i < program.tries && !out.as_expected; ++i) {
    auto run =
        through_everything(*p, museum_.folder + "/" + program.file,
                           fmt::format("{}.{}", program.id, extension(program.dialect)), {}, settings_.duel_seconds);
    if (!run) return within(fmt::format("museum program {}", program.id), run.error());
    out = std::move(*run);
    out.as_expected =
        out.verdict == program.verdict && std::ranges::find(program.reasons, out.reason) != program.reasons.end();
  }
  out.id = program.id;
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (out.mechanism.empty() && out.as_expected) out.mechanism = program.mechanism;
  return out;
}

Result<MuseumOutcome> MuseumRunner::run(const GoodKernel& kernel) {
  MuseumOutcome out;
  out.id = kernel.id;
  out.skipped = missing(kernel.needs);
  if (!out.skipped.empty()) return out;
  const auto begin = std::chrono::steady_clock::now();
  RIDGE_TRY(Place * p, place(kernel.task, 60, settings_.honest_visit_seconds));
  auto run = through_everything(*p, museum_.path_of(kernel), fmt::format("{}.{}", kernel.id, extension(kernel.dialect)),
                                kernel.parameters, settings_.honest_duel_seconds);
  if (!run) return within(fmt::format("honest kernel {}", kernel.id), run.error());
  out = std::move(*run);
  out.id = kernel.id;
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  out.as_expected = out.verdict == Verdict::ok;
  return out;
}

}  // namespace ridge
