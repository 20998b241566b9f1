// smoke and check: small workloads drawn from the held-out family's ranges with drawn scalars, so that a kernel which
// knows only the published sizes or the usual value of a scalar fails here, before any time is spent on measuring it.
#include <algorithm>

#include "base/text.h"
#include "catalog/catalog.h"
#include "evaluate/internal/state.h"

namespace ridge {
namespace {

constexpr int smoke_count = 3;
constexpr std::uint64_t smoke_lifetime = 32;  // evaluations until the workloads are drawn anew

// A wrong result on a drawn workload: is it the sizes or a scalar that the kernel does not know? Tried by mixing drawn
// and published values. `failing`: the draw it went wrong with, if it is known.
Result<void> explain(Evaluator::State& s, Prepared& p, const Workload& drawn,
                     const std::shared_ptr<const Draw>& failing, Fault& fault) {
  const bool may_be_size_or_scalar = fault.reason == Reason::signal || fault.reason == Reason::device_fault ||
                                     fault.reason == Reason::bounds || fault.reason == Reason::mismatch ||
                                     fault.reason == Reason::not_finite || fault.reason == Reason::unwritten;
  if (!may_be_size_or_scalar || !s.settings.mechanisms.hidden_draws) return {};
  const Workload* published = nullptr;
  for (const Workload* w : s.task->scored())
    if (!published || size_of_work(*s.task, *w) < size_of_work(*s.task, *published)) published = w;
  if (!published) return {};
  std::vector<std::string> scalars;
  for (const Symbol& symbol : s.task->interface.symbols)
    if (is_real(symbol.type)) scalars.push_back(symbol.name);
  Workload with_usual_scalars = drawn, with_usual_sizes = *published;
  with_usual_scalars.name = "drawn sizes, usual scalars";
  with_usual_sizes.name = "published sizes, drawn scalars";
  for (const std::string& name : scalars) {
    with_usual_scalars.binding.insert_or_assign(name, published->binding.at(name));
    with_usual_sizes.binding.insert_or_assign(name, drawn.binding.at(name));
  }
  for (const auto& [workload, reason] :
       {std::pair{&with_usual_scalars, Reason::ignored_scalar}, {&with_usual_sizes, Reason::hard_coded_size}}) {
    if (scalars.empty() && reason == Reason::ignored_scalar) continue;
    RIDGE_TRY(auto once, try_once(s, p, *workload));
    p.plans.erase(workload->name);
    if (!once) continue;
    if (failing) {  // before size or scalar is blamed: would it have been right the second time anyway?
      RIDGE_TRY(auto again, try_once(s, p, drawn, failing));
      if (again) {
        fault.verdict = Verdict::wrong_result;
        fault.reason = Reason::nondeterministic;
        fault.text += "; the same input was right in another process";
        return {};
      }
    }
    fault.verdict = Verdict::wrong_result;
    fault.reason = reason;
    std::vector<std::string> usual;
    for (const auto& [name, value] : published->binding) {
      const bool scalar = std::find(scalars.begin(), scalars.end(), name) != scalars.end();
      if (scalar == (reason == Reason::ignored_scalar)) usual.push_back(fmt::format("{} = {}", name, value.text()));
    }
    fault.text += fmt::format("; passes when {}", join(usual, ", "));
    break;
  }
  return {};
}

// Right once and wrong once on the same input is not a wrong formula but a race or memory that was never set.
Result<Judged<void>> same_again(Bench& bench, std::size_t first, std::size_t again, bool exact) {
  RIDGE_TRY(auto second, bench.verify(again));
  if (!second) {
    Fault f = std::move(second).error();
    if (f.reason == Reason::mismatch || f.reason == Reason::not_finite || f.reason == Reason::unwritten) {
      f.reason = Reason::nondeterministic;
      f.text = "the same input was right before: " + f.text;
    }
    return Judged<void>(std::unexpected(std::move(f)));
  }
  if (exact) {
    RIDGE_TRY(const std::uint64_t a, bench.outputs_fingerprint(first));
    RIDGE_TRY(const std::uint64_t b, bench.outputs_fingerprint(again));
    if (a != b)
      return Judged<void>(std::unexpected(
          Fault{Verdict::wrong_result, Reason::nondeterministic, "check", "two runs on the same input differ"}));
  }
  return Judged<void>();
}

}  // namespace

Result<Judged<void>> try_once(Evaluator::State& s, Prepared& p, const Workload& w, std::shared_ptr<const Draw> known) {
  RIDGE_TRY(auto bench, Bench::open(s.place(), p, {&w}, 1));
  if (!bench) return Judged<void>(std::unexpected(std::move(bench).error()));
  RIDGE_TRY(auto chosen, (*bench)->choose(w, 1));
  if (!chosen) return Judged<void>(std::unexpected(std::move(chosen).error()));
  if (!known) {
    RIDGE_TRY(auto draw, s.draws.fresh(w, "diagnose"));
    RIDGE_TRY_VOID(s.draws.answer(w, *draw));
    known = std::move(draw);
  }
  RIDGE_TRY_VOID((*bench)->stage(0, known));
  RIDGE_TRY(auto burst, (*bench)->run(0, 1, s.settings.time_limit_s));
  if (!burst) return Judged<void>(std::unexpected(std::move(burst).error()));
  RIDGE_TRY(auto verified, (*bench)->verify(0));
  if (!verified) return Judged<void>(std::unexpected(std::move(verified).error()));
  return Judged<void>();
}

double size_of_work(const Task& task, const Workload& w) {
  const auto scope = bind(task.interface, w.binding);
  if (!scope) return 1e300;
  const auto flops = task.work.flops.evaluate(*scope), bytes = task.work.bytes.evaluate(*scope);
  return (flops ? flops->real() : 0) + (bytes ? bytes->real() : 0);
}

Result<Workload> draw_small_workload(Evaluator::State& s, const std::string& name) {
  if (!s.settings.mechanisms.hidden_draws) {
    Workload published = *s.task->scored().front();
    published.name = name;
    return published;
  }
  std::optional<Workload> smallest;
  for (int tries = 0; tries < 6; ++tries) {
    Rng rng(s.draws.seed("smoke workload", ++s.drawn));
    RIDGE_TRY(Workload w, draw_workload(*s.task, rng, name));
    if (!smallest || size_of_work(*s.task, w) < size_of_work(*s.task, *smallest)) smallest = std::move(w);
  }
  return std::move(*smallest);
}

Result<void> draw_smoke_workloads(Evaluator::State& s) {
  for (const Workload& w : s.smoke) s.draws.forget(w);
  s.smoke.clear();
  for (int i = 0; i < smoke_count; ++i) {
    RIDGE_TRY(Workload smallest, draw_small_workload(s, fmt::format("drawn-{}", s.drawn + 1)));
    s.smoke.push_back(std::move(smallest));
  }
  return {};
}

Result<std::vector<const Workload*>> smoke_workloads(Evaluator::State& s) {
  if (s.smoke.empty() || ++s.smoke_uses % smoke_lifetime == 0) RIDGE_TRY_VOID(draw_smoke_workloads(s));
  // Two of them: sizes and scalars differ between them.
  std::vector<const Workload*> chosen;
  for (const Workload& w : s.smoke) chosen.push_back(&w);
  Rng(s.draws.secret_number()).shuffle(chosen);
  chosen.resize(std::min<std::size_t>(2, chosen.size()));
  return chosen;
}

Result<Judged<void>> smoke_and_check(Evaluator::State& s, Prepared& p, Evaluation& result) {
  RIDGE_TRY(const auto chosen, smoke_workloads(s));
  RIDGE_TRY(auto opened, Bench::open(s.place(), p, chosen, 3));
  if (!opened) return Judged<void>(std::unexpected(std::move(opened).error()));
  return smoke_and_check(s, *opened, chosen, result);
}

Result<Judged<void>> smoke_and_check(Evaluator::State& s, std::unique_ptr<Bench>& opened,
                                     const std::vector<const Workload*>& chosen, Evaluation& result) {
  Bench& bench = *opened;
  Prepared& p = bench.prepared();
  std::shared_ptr<const Draw> failing;
  const auto end = [&](const Workload& w, Fault fault) -> Result<Judged<void>> {
    bool cut = false;
    if (const std::string said = bench.output(cut); !said.empty())
      result.diagnostics.push_back({"output", said.substr(0, 500) + (cut ? " (output cut at 64 KiB)" : "")});
    opened.reset();  // its process must not run beside the ones that explain
    RIDGE_TRY_VOID(explain(s, p, w, failing, fault));
    for (const Workload* c : chosen) p.plans.erase(c->name);
    return Judged<void>(std::unexpected(std::move(fault)));
  };

  for (const Workload* w : chosen) {
    // With as many sets as will be used later: where sizes do not differ, the plan then stays as it is.
    RIDGE_TRY(auto sets, bench.choose(*w, std::max<std::size_t>(3, bench.room())));
    if (!sets) return end(*w, std::move(sets).error());
    RIDGE_TRY(auto window, s.draws.window(*w, 2));
    // Sets 0 and 1: two draws; set 2: the first again at another address.
    std::vector<std::shared_ptr<const Draw>> staged = {window[0], window[1 % window.size()], window[0]};
    staged.resize(std::min<std::size_t>(staged.size(), *sets));
    for (std::size_t i = 0; i < staged.size(); ++i) RIDGE_TRY_VOID(bench.stage(i, staged[i]));
    RIDGE_TRY(auto burst, bench.run(0, staged.size(), s.settings.time_limit_s));
    if (!burst) return end(*w, std::move(burst).error());
    for (std::size_t i = 0; i < std::min<std::size_t>(2, staged.size()); ++i) {
      RIDGE_TRY(auto verified, bench.verify(i));
      if (!verified && verified.error().reason == Reason::mismatch && s.settings.mechanisms.precision_reason) {
        RIDGE_TRY(const std::string sign, lower_precision(s, bench, i, *w, *staged[i]));
        if (!sign.empty()) {
          verified.error().reason = Reason::lower_precision;
          verified.error().text += "; " + sign;
        }
      }
      if (!verified) failing = staged[i];
      if (!verified) return end(*w, std::move(verified).error());
    }
    if (staged.size() == 3 && s.settings.mechanisms.repeats) {
      RIDGE_TRY(auto again, same_again(bench, 0, 2, s.task->check.standard.metric == Metric::exact));
      if (!again) return end(*w, std::move(again).error());
    }
  }
  // Still at work after the call? Either processor time tells, or the outputs change under our eyes.
  if (s.settings.mechanisms.idle_check) {
    RIDGE_TRY(const std::uint64_t before, bench.outputs_fingerprint(0));
    RIDGE_TRY(auto idle, bench.idle_check());
    if (!idle) return end(*chosen.back(), std::move(idle).error());
    RIDGE_TRY(const std::uint64_t after, bench.outputs_fingerprint(0));
    if (before != after)
      return end(*chosen.back(), Fault{Verdict::wrong_result, Reason::late_work, "check",
                                       "outputs changed after the call had returned"});
  }
  bool cut = false;
  if (const std::string said = bench.output(cut); !said.empty())
    result.diagnostics.push_back({"output", said.substr(0, 500) + (cut ? " (output cut at 64 KiB)" : "")});
  for (const Workload* c : chosen) p.plans.erase(c->name);
  return Judged<void>();
}

}  // namespace ridge
