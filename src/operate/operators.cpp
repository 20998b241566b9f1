#include "base/text.h"
#include "operate/operator.h"
#include "operate/rename.h"
#include "operate/tune.h"

namespace ridge {

std::span<const OperatorRow> operators() {
  static const OperatorRow rows[] = {
      {"tune", "another point of the parameter space of a parent, or of the task's template", Tune::modes(),
       [] -> std::unique_ptr<Operator> { return std::make_unique<Tune>(); }},
      {"rename",
       "other bytes, same work: measures the harness, not a kernel",
       {},
       [] -> std::unique_ptr<Operator> { return std::make_unique<Rename>(); }},
  };
  return rows;
}

Result<std::unique_ptr<Operator>> make_operator(std::string_view name) {
  std::vector<std::string> known;
  for (const OperatorRow& row : operators()) {
    if (row.name == name) return row.make();
    known.emplace_back(row.name);
  }
  return fail(Error::Kind::usage, "operator \"{}\": no such operator{}", name, suggestion(name, known));
}

}  // namespace ridge
