#include "base/text.h"
#include "optimise/optimiser.h"
#include "policy/best_of_n.h"
#include "policy/one_plus_one.h"
#include "policy/policy.h"
#include "policy/random.h"
#include "policy/tuning.h"

namespace ridge {
namespace {

template <class P>
std::unique_ptr<Policy> make(const Settings& settings) {
  return std::make_unique<P>(settings);
}

}  // namespace

std::span<const PolicyRow> policies() {
  static const std::vector<PolicyRow> rows = [] {
    std::vector<PolicyRow> out;
    for (const OptimiserRow& row : optimisers())
      if (row.name != "random")
        out.push_back({row.name, row.description, row.settings,
                       [&row](const Settings& settings) { return std::make_unique<Tuning>(row.name, settings); }});
    out.push_back({"one-plus-one", "steps from the best, with a share of random points", OnePlusOne::settings(),
                   make<OnePlusOne>});
    out.push_back({"best-of-n", "rounds of n drafts around the best; the best of a round leads the next",
                   BestOfN::settings(), make<BestOfN>});
    out.push_back({"random", "uniform random points without repetition", {}, make<RandomPolicy>});
    return out;
  }();
  return rows;
}

Result<std::unique_ptr<Policy>> make_policy(std::string_view name, const Settings& given) {
  std::vector<std::string> known;
  for (const PolicyRow& row : policies()) {
    known.emplace_back(row.name);
    if (row.name != name) continue;
    RIDGE_TRY(const Settings settings, complete_settings(fmt::format("policy {}", row.name), row.settings, given));
    return row.make(settings);
  }
  return fail(Error::Kind::usage, "policy \"{}\": no such policy{}", name, suggestion(name, known));
}

}  // namespace ridge
