// Where drafts start: a source with its plan and space, and a point in it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "model/archive.h"
#include "operate/operator.h"

namespace ridge {

struct Base {
  std::shared_ptr<const std::string> source;
  std::shared_ptr<const Plan> plan;
  std::string file;
  Dialect dialect = Dialect::cpp;
  Space space;
  std::optional<Point> cursor;  // last point of the enumeration
  bool enumerated = false;      // nothing comes after the cursor
};

// A base with the point that drafts are described against, and the lineage they get.
struct Origin {
  Base* base = nullptr;
  Point point;
  std::vector<CandidateId> parents;
};

// Sources and plans are kept by address (candidates share them), with their spaces: making a space may mean searching
// it.
class Bases {
 public:
  Result<Origin> of_parent(const Record& parent, const OperatorContext& context);
  // The task's template in the context's dialect at its defaults, or the seed where there is no template.
  Result<Origin> of_task(const Task& task, const OperatorContext& context);
  // One for each parent, or the task's.
  Result<std::vector<Origin>> origins(const Task& task, std::span<const Record* const> parents,
                                      const OperatorContext& context);

 private:
  Result<Base*> keep(Base base, const OperatorContext& context);
  using Key = std::pair<const std::string*, const Plan*>;
  std::map<Key, std::unique_ptr<Base>> kept_;
  std::map<Dialect, Base*> templates_;
};

Draft draft_of(const Origin& origin, Parameters parameters, std::string_view op);
// "TILE 16→32, KS 1→2", in the plan's order.
std::string difference(const Plan& plan, const Parameters& from, const Parameters& to);

}  // namespace ridge
