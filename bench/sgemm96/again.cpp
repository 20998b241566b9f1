#include "again.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "base/text.h"
#include "evaluate/evaluator.h"
#include "kernel/space.h"

namespace ridge::bench {
namespace {

constexpr std::size_t group = 15;       // beside the winner in one race
constexpr std::size_t most_rivals = 7;  // in the second one
constexpr double open_end = 1e8;

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

const Candidate& at_id(const std::vector<Candidate>& candidates, const CandidateId& id) {
  return *std::ranges::find(candidates, id, &Candidate::id);
}

// Every one of `others` against `best`, in races of `group`.
Result<std::vector<DuelRecord>> against(Evaluator& judge, const Candidate& best, const std::vector<Candidate>& others) {
  std::vector<DuelRecord> out;
  for (std::size_t i = 0; i < others.size(); i += group) {
    RaceJob job;
    job.candidates = {best};
    job.candidates.insert(job.candidates.end(), others.begin() + std::ptrdiff_t(i),
                          others.begin() + std::ptrdiff_t(std::min(others.size(), i + group)));
    job.regret = 0.002;
    job.time_limit_s = 20;
    judge.submit(std::move(job));
    RIDGE_TRY(auto done, judge.poll());
    for (Completion& c : done)
      if (auto* race = std::get_if<Race>(&c.result)) out.insert(out.end(), race->duels.begin(), race->duels.end());
  }
  return out;
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

  const Candidate best = at(*task, source, plan, own.file, winner);
  std::vector<Candidate> others;
  for (const Parameters& p : points)
    if (p != winner) others.push_back(at(*task, source, plan, own.file, p));

  // All of them in interleaved groups; then those that may be better than the winner once more, together, on new data:
  // the first round chose them for looking good, so it may not also say how good they are.
  Regret out;
  RIDGE_TRY(const auto first, against(*judge, best, others));
  std::map<CandidateId, double> promise;
  for (const DuelRecord& d : first)
    if (d.outcome != DuelOutcome::failed) {
      promise[d.candidate] = d.ratio.estimate;
      out.rivals.push_back({described(at_id(others, d.candidate).parameters), d.ratio});
    }
  std::ranges::stable_sort(others, std::greater(), [&](const Candidate& c) {
    const auto known = promise.find(c.id);
    return known == promise.end() ? 0.0 : known->second;
  });
  others.resize(std::min(others.size(), most_rivals));
  RIDGE_TRY(const auto second, against(*judge, best, others));
  for (const DuelRecord& d : second) {
    if (d.outcome == DuelOutcome::failed) continue;
    out.nearest.push_back({described(at_id(others, d.candidate).parameters), d.ratio});
    out.estimate = std::max(out.estimate, d.ratio.estimate - 1);
    out.lower = std::max(out.lower, d.ratio.lower - 1);
    // Whoever left after few rounds was clearly slower: so few have no upper end, and need none.
    if (d.ratio.upper < open_end) out.upper = std::max(out.upper, d.ratio.upper - 1);
  }
  std::ranges::sort(out.nearest, [](const Rival& a, const Rival& b) { return a.ratio.estimate > b.ratio.estimate; });
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return out;
}

}  // namespace ridge::bench
