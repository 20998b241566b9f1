#include <cmath>

#include "base/text.h"
#include "policy/best_of_n.h"
#include "policy/one_plus_one.h"
#include "policy/policy.h"
#include "policy/random.h"

namespace ridge {
namespace {

Result<Settings> complete(const PolicyRow& row, const Settings& given) {
  Settings out;
  std::vector<std::string> known;
  for (const Setting& s : row.settings) {
    out.emplace(s.name, s.standard);
    known.emplace_back(s.name);
  }
  for (const auto& [name, value] : given) {
    const auto it = out.find(name);
    if (it == out.end())
      return fail(Error::Kind::usage, "policy {}: {}: no such setting{}", row.name, name, suggestion(name, known));
    it->second = value;
  }
  for (const Setting& s : row.settings) {
    const double value = out.find(s.name)->second;
    if (!(value >= s.least && value <= s.most) || (s.integer && value != std::floor(value)))
      return fail(Error::Kind::usage, "policy {}: {} = {}: expected {} from {} to {}", row.name, s.name, value,
                  s.integer ? "an integer" : "a number", s.least, s.most);
  }
  return out;
}

template <class P>
std::unique_ptr<Policy> make(const Settings& settings) {
  return std::make_unique<P>(settings);
}

}  // namespace

std::span<const PolicyRow> policies() {
  static const PolicyRow rows[] = {
      {"one-plus-one", "steps from the best, with a share of random points", OnePlusOne::settings(), make<OnePlusOne>},
      {"best-of-n", "rounds of n drafts around the best; the best of a round leads the next", BestOfN::settings(),
       make<BestOfN>},
      {"random", "uniform random points without repetition", {}, make<RandomPolicy>},
  };
  return rows;
}

Result<std::unique_ptr<Policy>> make_policy(std::string_view name, const Settings& given) {
  std::vector<std::string> known;
  for (const PolicyRow& row : policies()) {
    known.emplace_back(row.name);
    if (row.name != name) continue;
    RIDGE_TRY(const Settings settings, complete(row, given));
    return row.make(settings);
  }
  return fail(Error::Kind::usage, "policy \"{}\": no such policy{}", name, suggestion(name, known));
}

}  // namespace ridge
