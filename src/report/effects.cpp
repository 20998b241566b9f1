#include "report/effects.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace ridge {
namespace {

bool same_tunables(const Parameters& a, const Parameters& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return x.first == y.first; });
}

// Linear between neighbours; `sorted` is not empty.
double quantile(const std::vector<double>& sorted, double q) {
  const double at = q * double(sorted.size() - 1);
  const auto low = std::size_t(at);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - double(low));
}

struct Values {
  std::map<ParameterValue, std::vector<double>> scores;
  std::map<ParameterValue, std::int64_t> failed;
};

double explained_share(const Values& values) {
  double sum = 0, n = 0;
  for (const auto& [value, scores] : values.scores)
    for (const double s : scores) sum += std::log(s), n += 1;
  if (n < 2) return 0;
  const double mean = sum / n;
  double total = 0, between = 0;
  for (const auto& [value, scores] : values.scores) {
    double own = 0;
    for (const double s : scores) own += std::log(s), total += std::pow(std::log(s) - mean, 2);
    between += std::pow(own / double(scores.size()) - mean, 2) * double(scores.size());
  }
  return total > 1e-18 ? std::clamp(between / total, 0.0, 1.0) : 0;
}

void compare_within_groups(const std::vector<const Observation*>& right, const std::string& name,
                           ParameterEffect& out) {
  // One candidate for each value: of several alike in everything (they cannot be, but for duplicates) the best counts.
  std::map<std::pair<std::uint64_t, Parameters>, std::map<ParameterValue, double>> groups;
  for (const Observation* o : right) {
    Parameters rest = o->parameters;
    const ParameterValue value = rest.at(name);
    rest.erase(name);
    double& score = groups[{o->context, std::move(rest)}][value];
    score = std::max(score, o->score);
  }
  std::vector<double> factors;
  for (const auto& [key, by_value] : groups) {
    if (by_value.size() < 2) continue;
    const auto [low, high] = std::ranges::minmax_element(by_value, {}, [](const auto& v) { return v.second; });
    factors.push_back(high->second / low->second);
  }
  out.groups = std::int64_t(factors.size());
  if (factors.empty()) return;
  std::ranges::sort(factors);
  out.matched = quantile(factors, 0.5);
}

}  // namespace

Effects effects_of(const std::vector<Observation>& observations, const Parameters& winner) {
  Effects out;
  std::vector<const Observation*> right;
  std::map<std::string, Values> all;
  for (const Observation& o : observations) {
    if (winner.empty() || !same_tunables(o.parameters, winner)) continue;
    const bool ok = o.score > 0 && std::isfinite(o.score);
    ++(ok ? out.right : out.failed);
    if (ok) right.push_back(&o);
    for (const auto& [name, value] : o.parameters) {
      if (ok)
        all[name].scores[value].push_back(o.score);
      else
        ++all[name].failed[value];
    }
  }
  for (auto& [name, values] : all) {
    ParameterEffect effect{name, text(winner.at(name)), explained_share(values), 0, 0, {}};
    for (const auto& [value, count] : values.failed) values.scores[value];  // a row for values that always failed
    if (values.scores.size() < 2) continue;
    compare_within_groups(right, name, effect);
    for (auto& [value, scores] : values.scores) {
      ValueEffect row{text(value), std::int64_t(scores.size()), 0, 0, 0, 0, 0, value == winner.at(name)};
      if (const auto at = values.failed.find(value); at != values.failed.end()) row.failed = at->second;
      if (!scores.empty()) {
        std::ranges::sort(scores);
        row.best = scores.back();
        row.median = quantile(scores, 0.5);
        row.q1 = quantile(scores, 0.25);
        row.q3 = quantile(scores, 0.75);
      }
      effect.values.push_back(row);
    }
    out.parameters.push_back(std::move(effect));
  }
  std::ranges::stable_sort(out.parameters, [](const ParameterEffect& a, const ParameterEffect& b) {
    return std::pair(a.matched, a.explained) > std::pair(b.matched, b.explained);
  });
  return out;
}

}  // namespace ridge
