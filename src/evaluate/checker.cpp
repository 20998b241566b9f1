#include "evaluate/checker.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <thread>

#include "catalog/catalog.h"
#include "evaluate/internal/state.h"

namespace ridge {

struct Checker::State {
  State(std::shared_ptr<const Task> task, Device& device, std::unique_ptr<Oracle> oracle, Secret secret,
        EvaluatorSettings settings)
      : inner(std::move(task), device, std::move(oracle), std::move(secret), std::move(settings)) {}
  Evaluator::State inner;  // without ceilings and without the seed's times
  std::uint64_t drawn = 0;
};

namespace {

constexpr std::size_t draws_of_a_judgement = 2;

// Stages as many draws as the lane has room for at a time, runs them, and hands each to `look(set)`.
template <class Look>
Result<Judged<void>> on_draws(Evaluator::State& s, Prepared& p, const Workload& w, std::size_t count, Look look) {
  RIDGE_TRY(auto bench, Bench::open(s.place(), p, {&w}, count));
  if (!bench) return Judged<void>(std::unexpected(std::move(bench).error()));
  RIDGE_TRY(auto sets, (*bench)->choose(w, count));
  if (!sets) return Judged<void>(std::unexpected(std::move(sets).error()));
  RIDGE_TRY(const auto window, s.draws.window(w, count));
  for (std::size_t at = 0; at < window.size(); at += *sets) {
    const std::size_t now = std::min(*sets, window.size() - at);
    for (std::size_t i = 0; i < now; ++i) RIDGE_TRY_VOID((*bench)->stage(i, window[at + i]));
    RIDGE_TRY(auto burst, (*bench)->run(0, now, s.settings.time_limit_s * double(now)));
    if (!burst) return Judged<void>(std::unexpected(std::move(burst).error()));
    for (std::size_t i = 0; i < now; ++i) {
      RIDGE_TRY(auto seen, look(**bench, i));
      if (!seen) return seen;
    }
  }
  return Judged<void>();
}

void give_up(Evaluation& e, Fault fault) {
  e.verdict = fault.verdict;
  e.reason = fault.reason;
  e.diagnostics.push_back({fault.stage, std::move(fault.text)});
}

}  // namespace

Checker::Checker(std::unique_ptr<State> state) : state_(std::move(state)) {}
Checker::~Checker() = default;

const Task& Checker::task() const {
  return *state_->inner.task;
}

Result<std::unique_ptr<Checker>> Checker::open(std::shared_ptr<const Task> task, Device& device,
                                               std::unique_ptr<Oracle> oracle, Secret secret, double time_limit_s) {
  EvaluatorSettings settings;
  settings.deduplicate = false;
  settings.time_limit_s = time_limit_s;
  return std::unique_ptr<Checker>(new Checker(
      std::make_unique<State>(std::move(task), device, std::move(oracle), std::move(secret), std::move(settings))));
}

namespace {

// Admitted and compiled, on all cores.
Result<std::vector<Judged<Checker::Kernel>>> build_all(const Task& task, Device& device,
                                                       const std::vector<Candidate>& candidates) {
  const Capabilities& caps = device.capabilities();
  std::vector<Judged<Checker::Kernel>> kernels;
  for (const Candidate& c : candidates) {
    auto admitted = admit(task, caps, c);
    kernels.push_back(admitted ? Judged<Checker::Kernel>(std::make_shared<Prepared>(std::move(*admitted)))
                               : Judged<Checker::Kernel>(std::unexpected(std::move(admitted).error())));
  }
  std::vector<Result<Judged<void>>> compiled(kernels.size());
  std::atomic<std::size_t> next = 0;
  const auto worker = [&] {
    for (std::size_t i; (i = next++) < kernels.size();)
      if (kernels[i]) compiled[i] = compile(device, task, **kernels[i], false);
  };
  std::vector<std::jthread> threads;
  for (int i = 1; i < (caps.simulated ? 1 : caps.cores); ++i) threads.emplace_back(worker);
  worker();
  threads.clear();
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    if (!kernels[i]) continue;
    if (!compiled[i]) return std::unexpected(std::move(compiled[i]).error());
    if (!*compiled[i]) kernels[i] = std::unexpected(std::move(*compiled[i]).error());
  }
  return kernels;
}

}  // namespace

Result<std::vector<Judged<Checker::Kernel>>> Checker::prepare(const std::vector<Candidate>& candidates) {
  return build_all(*state_->inner.task, state_->inner.device, candidates);
}

Result<std::vector<Judged<CompileRecord>>> build_only(const Task& task, Device& device,
                                                      const std::vector<Candidate>& candidates) {
  RIDGE_TRY(const auto kernels, build_all(task, device, candidates));
  std::vector<Judged<CompileRecord>> out;
  for (const auto& k : kernels)
    out.push_back(k ? Judged<CompileRecord>(record_of((*k)->binary))
                    : Judged<CompileRecord>(std::unexpected(k.error())));
  return out;
}

Result<Workload> Checker::draw(bool small) {
  Evaluator::State& s = state_->inner;
  const std::string name = fmt::format("{}-{}", small ? "small" : "family", ++state_->drawn);
  if (small) return draw_small_workload(s, name);
  Rng rng(s.draws.seed("checked workload", state_->drawn));
  return draw_workload(*s.task, rng, name);
}

double Checker::work(const Workload& workload) const {
  return size_of_work(*state_->inner.task, workload);
}

Evaluation Checker::refused(const Candidate& candidate, const Fault& fault) const {
  return failed(state_->inner, candidate, fault);
}

Result<Evaluation> Checker::judge(Kernel kernel, int rounds, const std::vector<Workload>& workloads) {
  Evaluator::State& s = state_->inner;
  Evaluation e;
  e.candidate = kernel->candidate.id;
  e.device = s.caps.id;
  for (int round = 0; round < rounds; ++round) {
    if (round > 0) RIDGE_TRY_VOID(draw_smoke_workloads(s));
    RIDGE_TRY(auto checked, smoke_and_check(s, *kernel, e));
    if (!checked) {
      give_up(e, std::move(checked).error());
      return e;
    }
  }
  for (const Workload& w : workloads) {
    WorkloadResult r;
    r.name = w.name;
    RIDGE_TRY(auto seen,
              on_draws(s, *kernel, w, draws_of_a_judgement, [&](Bench& bench, std::size_t set) -> Result<Judged<void>> {
                RIDGE_TRY(auto verified, bench.verify(set));
                if (!verified) return Judged<void>(std::unexpected(std::move(verified).error()));
                ++r.draws;
                if (r.draws == 1 || verified->worst_error * r.tolerance >= r.worst_error * verified->tolerance)
                  r.worst_error = verified->worst_error, r.tolerance = verified->tolerance;
                return Judged<void>();
              }));
    if (!seen) {
      Fault fault = std::move(seen).error();
      fault.text = fmt::format("workload {}: {}", w.name, fault.text);
      r.verdict = fault.verdict;
      r.reason = fault.reason;
      give_up(e, std::move(fault));
    }
    e.workloads.push_back(std::move(r));
    if (w.role == WorkloadRole::hidden) kernel->plans.erase(w.name);
    if (e.verdict != Verdict::ok) break;
  }
  return e;
}

Result<Judged<void>> Checker::examine(Kernel kernel, std::vector<TrustCheck>& checks) {
  RIDGE_TRY(auto sanitizing, begin_sanitizing(state_->inner, kernel->candidate));
  if (!sanitizing) return Judged<void>(std::unexpected(std::move(sanitizing).error()));
  return ridge::examine(state_->inner, *kernel, *sanitizing, checks);
}

Result<std::vector<CallErrors>> Checker::errors(Kernel kernel, const Workload& workload, std::size_t draws) {
  Evaluator::State& s = state_->inner;
  std::vector<CallErrors> calls;
  RIDGE_TRY(auto seen,
            on_draws(s, *kernel, workload, draws, [&](Bench& bench, std::size_t set) -> Result<Judged<void>> {
              CallErrors call;
              if (auto inspected = bench.inspect(set); !inspected) {
                return std::unexpected(std::move(inspected).error());
              } else if (!*inspected) {
                call.fault = std::move(*inspected).error();
              } else {
                RIDGE_TRY(const auto outputs, bench.compare_outputs(set));
                for (const auto& [buffer, c] : outputs)
                  call.outputs.push_back(
                      {buffer, c.finite ? c.worst : std::numeric_limits<double>::infinity(), c.tolerance, c.pass});
                // An input that changed, say, shows in no output.
                const bool right = std::ranges::all_of(call.outputs, &OutputError::right);
                if (right) {
                  RIDGE_TRY(auto verified, bench.verify(set));
                  if (!verified) call.fault = std::move(verified).error();
                }
              }
              calls.push_back(std::move(call));
              return Judged<void>();
            }));
  if (!seen) calls.push_back({{}, std::move(seen).error()});
  if (workload.role == WorkloadRole::hidden) kernel->plans.erase(workload.name);
  return calls;
}

void Checker::forget(const Workload& workload) {
  state_->inner.draws.forget(workload);
}

Result<Candidate> candidate_of(const Task& task, const TaskSource& source, const Device& device,
                               const std::vector<std::string>& flags) {
  return candidate_of(task, source, device_scope(device.capabilities()), "task", {}, flags);
}

}  // namespace ridge
