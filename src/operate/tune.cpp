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

constexpr OperatorMode kModes[] = {
    {"random", "uniform over the valid points"},
    {"neighbours", "one tunable one step away (any value where values have no order)"},
    {"around", "a few tunables of the parent drawn anew"},
    {"enumerate", "what is left, in order"},
};
constexpr void (*kMoves[])(const Origin&, Rng&, Harvest&) = {random_points, neighbours, around, enumerate};
static_assert(std::size(kModes) == std::size(kMoves));

}  // namespace

std::span<const OperatorMode> Tune::modes() {
  return kModes;
}

Result<std::vector<Draft>> Tune::propose(const Task& task, std::span<const Record* const> parents,
                                         const OperatorContext& context, Rng& rng, std::size_t wanted) {
  std::size_t mode = 0;
  std::vector<std::string> known;
  for (const OperatorMode& m : kModes) known.emplace_back(m.name);
  if (!context.mode.empty()) {
    while (mode < std::size(kModes) && kModes[mode].name != context.mode) ++mode;
    if (mode == std::size(kModes))
      return fail(Error::Kind::usage, "tune: mode \"{}\": no such mode{}", context.mode,
                  suggestion(context.mode, known));
  }
  RIDGE_TRY(const std::vector<Origin> origins, bases_.origins(task, parents, context));
  Harvest harvest(task, context.archive, wanted);
  for (const Origin& origin : origins) kMoves[mode](origin, rng, harvest);
  return harvest.take();
}

}  // namespace ridge
