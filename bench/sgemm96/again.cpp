#include "again.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "evaluate/evaluator.h"
#include "kernel/space.h"

namespace ridge::bench {
namespace {

constexpr double visit_seconds = 0.002;

Candidate at(const Task& task, const std::shared_ptr<const std::string>& source,
             const std::shared_ptr<const Plan>& plan, const std::string& file, Parameters parameters) {
  Draft draft;
  draft.source = source;
  draft.plan = plan;
  draft.file = file;
  draft.parameters = std::move(parameters);
  draft.op = "again";
  return seal(task, std::move(draft));
}

}  // namespace

std::string described(const Parameters& parameters) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : parameters) parts.push_back(name + "=" + text(value));
  return join(parts, " ");
}

Result<Regret> measure_again(std::shared_ptr<const Task> task, Device& device, const Parameters& winner) {
  const auto begin = std::chrono::steady_clock::now();
  RIDGE_TRY(auto oracle, make_oracle(*task));
  EvaluatorSettings settings;
  settings.visit_seconds = visit_seconds;
  RIDGE_TRY(const auto judge, Evaluator::open(task, device, std::move(oracle), Secret::from_entropy(), settings));
  const TaskSource& own = task->templates.at(Dialect::cpp);
  const auto source = std::make_shared<const std::string>(own.text);
  RIDGE_TRY(Plan parsed, plan_from_source(own.text, own.file));
  const auto plan = std::make_shared<const Plan>(std::move(parsed));
  const MapScope facts(device.capabilities().facts);
  RIDGE_TRY(const Space space, Space::make(*plan, facts));

  std::vector<Parameters> points;
  for (std::optional<Point> p = space.next(std::nullopt); p; p = space.next(p)) points.push_back(space.parameters(*p));
  // An order that has nothing to do with the space's, so that drift of the machine is nobody's.
  Rng rng(1, "again", 0);
  rng.shuffle(points);

  Regret out;
  const Candidate best = at(*task, source, plan, own.file, winner);
  for (const Parameters& p : points) {
    if (p == winner) continue;
    DuelJob job;
    job.incumbent = best;
    job.candidate = at(*task, source, plan, own.file, p);
    job.purpose = "select";
    job.goal = 0;
    job.time_limit_s = 10;
    judge->submit(std::move(job));
    RIDGE_TRY(const auto done, judge->poll());
    for (const Completion& c : done) {
      const auto* record = std::get_if<DuelRecord>(&c.result);
      if (!record) continue;
      const DuelRecord& duel = *record;
      if (duel.outcome == DuelOutcome::failed) continue;  // planted ones
      if (duel.outcome == DuelOutcome::voided)
        return world("{}: the machine was too restless to compare it with the winner", described(p));
      out.rivals.push_back({described(p), duel.ratio});
    }
  }
  std::ranges::sort(out.rivals, [](const Rival& a, const Rival& b) { return a.ratio.estimate > b.ratio.estimate; });
  for (const Rival& r : out.rivals) {
    out.estimate = std::max(out.estimate, r.ratio.estimate - 1);
    out.lower = std::max(out.lower, r.ratio.lower - 1);
    out.upper = std::max(out.upper, r.ratio.upper - 1);
  }
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return out;
}

}  // namespace ridge::bench
