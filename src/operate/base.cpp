#include "operate/internal/base.h"

#include "base/text.h"

namespace ridge {
namespace {

// Sources that people or models send one by one are not shared, so the kept ones would grow with the run.
constexpr std::size_t kMostKept = 256;

}  // namespace

Result<Base*> Bases::keep(Base base, const OperatorContext& context) {
  const Key key{base.source.get(), base.plan.get()};
  if (const auto it = kept_.find(key); it != kept_.end()) return it->second.get();
  RIDGE_TRY(base.space, Space::make(*base.plan, context.device));
  return kept_.emplace(key, std::make_unique<Base>(std::move(base))).first->second.get();
}

Result<Origin> Bases::of_parent(const Record& parent, const OperatorContext& context) {
  const Candidate& c = parent.candidate;
  Base base;
  base.source = c.source;
  base.plan = c.plan;
  base.file = c.file;
  base.dialect = c.dialect;
  RIDGE_TRY(Base* const kept, keep(std::move(base), context));
  auto point = kept->space.point(c.parameters);
  if (!point) return within(c.id, point.error());
  return Origin{kept, *std::move(point), {c.id}};
}

Result<Origin> Bases::of_task(const Task& task, const OperatorContext& context) {
  Base*& kept = templates_[context.dialect];
  if (!kept) {
    const auto& own = task.templates.contains(context.dialect) ? task.templates : task.seeds;
    const auto it = own.find(context.dialect);
    if (it == own.end()) return invalid("{}: no template or seed in {}", task.id, name(context.dialect));
    RIDGE_TRY(Plan plan, plan_from_source(it->second.text, it->second.file));
    Base base;
    base.source = std::make_shared<const std::string>(it->second.text);
    base.plan = std::make_shared<const Plan>(std::move(plan));
    base.file = it->second.file;
    base.dialect = context.dialect;
    RIDGE_TRY(kept, keep(std::move(base), context));
  }
  Origin origin{kept, kept->space.defaults(), {}};
  const Candidate start = seal(task, draft_of(origin, kept->space.parameters(origin.point), ""));
  if (context.archive.find(start.id)) origin.parents = {start.id};
  return origin;
}

Result<std::vector<Origin>> Bases::origins(const Task& task, std::span<const Record* const> parents,
                                           const OperatorContext& context) {
  if (kept_.size() > kMostKept) {
    kept_.clear();
    templates_.clear();
  }
  std::vector<Origin> out;
  for (const Record* parent : parents) {
    RIDGE_TRY(Origin origin, of_parent(*parent, context));
    out.push_back(std::move(origin));
  }
  if (out.empty()) {
    RIDGE_TRY(Origin origin, of_task(task, context));
    out.push_back(std::move(origin));
  }
  return out;
}

Draft draft_of(const Origin& origin, Parameters parameters, std::string_view op) {
  Draft draft;
  draft.source = origin.base->source;
  draft.plan = origin.base->plan;
  draft.file = origin.base->file;
  draft.dialect = origin.base->dialect;
  draft.parameters = std::move(parameters);
  draft.parents = origin.parents;
  draft.op = op;
  return draft;
}

std::string difference(const Plan& plan, const Parameters& from, const Parameters& to) {
  std::vector<std::string> changes;
  for (const Tunable& t : plan.tunables) {
    const auto a = from.find(t.name), b = to.find(t.name);
    if (a == from.end() || b == to.end() || a->second == b->second) continue;
    changes.push_back(fmt::format("{} {}→{}", t.name, text(a->second), text(b->second)));
  }
  return join(changes, ", ");
}

}  // namespace ridge
