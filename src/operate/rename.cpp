#include "operate/rename.h"

namespace ridge {

Result<std::vector<Draft>> Rename::propose(const Task& task, std::span<const Record* const> parents,
                                           const OperatorContext& context, Rng&, std::size_t wanted) {
  RIDGE_TRY(const std::vector<Origin> origins, bases_.origins(task, parents, context));
  std::vector<Draft> drafts;
  while (drafts.size() < wanted) {
    const Origin& origin = origins[counter_ % origins.size()];
    Draft draft = draft_of(origin, origin.base->space.parameters(origin.point), name());
    // Behind everything else, where it cannot come between the plan and the lines it is read with.
    draft.source = std::make_shared<const std::string>(fmt::format("{}\n// {}\n", *draft.source, ++counter_));
    draft.why = fmt::format("comment {}", counter_);
    // A resumed run counts from the start again.
    if (!context.archive.find(seal(task, draft).id)) drafts.push_back(std::move(draft));
  }
  return drafts;
}

}  // namespace ridge
