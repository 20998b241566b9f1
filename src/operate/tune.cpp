#include "operate/tune.h"

#include <set>

#include "base/text.h"

namespace ridge {
namespace {

// Collects drafts until enough are there, and lets nothing through that the archive or the collection has.
class Harvest {
 public:
  Harvest(const Task& task, const ArchiveView& archive, std::size_t wanted)
      : task_(task), archive_(archive), wanted_(wanted) {}
  bool full() const { return drafts_.size() >= wanted_; }
  std::size_t missing() const { return wanted_ - drafts_.size(); }
  void offer(const Origin& origin, const Point& point) {
    const Space& space = origin.base->space;
    Draft draft = draft_of(origin, space.parameters(point), "tune");
    const CandidateId id = seal(task_, draft).id;
    if (archive_.find(id) || !taken_.insert(id).second) return;
    draft.why = difference(*origin.base->plan, space.parameters(origin.point), draft.parameters);
    if (draft.why.empty()) draft.why = "unchanged";
    drafts_.push_back(std::move(draft));
  }
  std::vector<Draft> take() { return std::move(drafts_); }

 private:
  const Task& task_;
  const ArchiveView& archive_;
  std::size_t wanted_;
  std::set<CandidateId> taken_;
  std::vector<Draft> drafts_;
};

// How many draws in a row may bring nothing new before a space counts as known.
constexpr int kDraws = 100;

void random_points(const Origin& origin, Rng& rng, Harvest& harvest) {
  for (int i = 0; i < kDraws && !harvest.full(); ++i)
    if (auto point = origin.base->space.random(rng)) harvest.offer(origin, *point);
}

void enumerate(const Origin& origin, Rng&, Harvest& harvest) {
  Base& base = *origin.base;
  while (!base.enumerated && !harvest.full()) {
    auto point = base.space.next(base.cursor);
    base.enumerated = !point;
    if (!point) break;
    harvest.offer(origin, *point);
    base.cursor = std::move(point);
  }
}

void neighbours(const Origin& origin, Rng& rng, Harvest& harvest) {
  auto points = origin.base->space.neighbours(origin.point);
  rng.shuffle(points);
  for (const Point& point : points) {
    if (harvest.full()) return;
    harvest.offer(origin, point);
  }
}

// One tunable is always drawn anew, each further one with a falling chance: mostly small moves, now and then a long
// one.
void around(const Origin& origin, Rng& rng, Harvest& harvest) {
  const auto& tunables = origin.base->space.tunables();
  if (tunables.empty()) return;
  for (int i = 0; i < kDraws && !harvest.full(); ++i) {
    Point point = origin.point;
    do {
      const std::size_t t = rng.below(tunables.size());
      point[t] = std::uint32_t(rng.below(tunables[t].values.size()));
    } while (rng.coin(0.4));
    if (origin.base->space.valid(point)) harvest.offer(origin, point);
  }
}

struct Move {
  OperatorMode mode;
  void (*make)(const Origin&, Rng&, Harvest&);
};
constexpr Move kMoves[] = {
    {{"random", "uniform over the valid points"}, random_points},
    {{"neighbours", "one tunable one step away (any value where values have no order)"}, neighbours},
    {{"around", "a few tunables of the parent drawn anew"}, around},
    {{"enumerate", "what is left, in order"}, enumerate},
};

// How often an optimiser may be asked again because candidates of its points are there already without a result.
constexpr int kAsks = 20;

bool same_source(const Candidate& c, const Base& base) {
  if (c.dialect != base.dialect || c.parameters.size() != base.space.tunables().size()) return false;
  return c.source == base.source || (c.source && *c.source == *base.source);
}

}  // namespace

std::span<const OperatorMode> Tune::modes() {
  static const std::vector<OperatorMode> modes = [] {
    std::vector<OperatorMode> out;
    for (const Move& move : kMoves) out.push_back(move.mode);
    for (const OptimiserRow& row : optimisers())
      if (row.name != "random") out.push_back({row.name, row.description});
    return out;
  }();
  return modes;
}

// What the archive learnt since the last time, in the order it was known.
void Tune::tell(Search& search, const Origin& origin, const ArchiveView& archive) {
  const auto ids = archive.evaluated();
  for (; search.seen < ids.size(); ++search.seen) {
    const Record* record = archive.find(ids[search.seen]);
    ++search.verdicts[std::size_t(record->evaluation->verdict)];
    if (!same_source(record->candidate, *origin.base)) continue;
    const auto point = origin.base->space.point(record->candidate.parameters);
    const double score = record->score();
    if (point) search.optimiser->tell(*point, score > 0 ? PointCost(1 / score) : PointCost());
  }
}

Result<void> Tune::restart(Search& search, const OptimiserRow& row, const Origin& origin,
                           const OperatorContext& context) {
  search = {};
  RIDGE_TRY(search.optimiser,
            make_optimiser(row.name, OptimiserSpec{origin.base->space, context.settings, context.seed, {}}));
  return {};
}

Result<std::vector<Draft>> Tune::optimise(const OptimiserRow& row, const Task& task, const Origin& origin,
                                          const OperatorContext& context, Rng& rng, std::size_t wanted) {
  Search& search = searches_[{std::string(row.name), *origin.base->source}];
  if (!search.optimiser) RIDGE_TRY_VOID(restart(search, row, origin, context));
  tell(search, origin, context.archive);
  // A candidate that was judged a second time (right at first, found wrong later) changes what was told before: then
  // everything is told anew, as a resumed run would.
  for (std::size_t v = 0; v < search.verdicts.size(); ++v) {
    if (search.verdicts[v] == context.archive.count(Verdict(v))) continue;
    RIDGE_TRY_VOID(restart(search, row, origin, context));
    tell(search, origin, context.archive);
    break;
  }
  Harvest harvest(task, context.archive, wanted);
  for (int i = 0; i < kAsks && !harvest.full(); ++i) {
    const auto points = search.optimiser->ask(harvest.missing(), rng);
    if (points.empty()) break;
    for (const Point& point : points) harvest.offer(origin, point);
  }
  return harvest.take();
}

Result<std::vector<Draft>> Tune::propose(const Task& task, std::span<const Record* const> parents,
                                         const OperatorContext& context, Rng& rng, std::size_t wanted) {
  RIDGE_TRY(const std::vector<Origin> origins, bases_.origins(task, parents, context));
  const std::string_view mode = context.mode.empty() ? kMoves[0].mode.name : context.mode;
  for (const Move& move : kMoves) {
    if (move.mode.name != mode) continue;
    Harvest harvest(task, context.archive, wanted);
    for (const Origin& origin : origins) move.make(origin, rng, harvest);
    return harvest.take();
  }
  if (const OptimiserRow* row = find_optimiser(mode))
    return optimise(*row, task, origins.front(), context, rng, wanted);
  std::vector<std::string> known;
  for (const OperatorMode& m : modes()) known.emplace_back(m.name);
  return fail(Error::Kind::usage, "tune: mode \"{}\": no such mode{}", mode, suggestion(mode, known));
}

}  // namespace ridge
