#include "landscape/compare.h"

#include <algorithm>
#include <ctime>

#include <nlohmann/json.hpp>

#include "measure/summary.h"

namespace ridge {
namespace {

constexpr int kResamples = 2000;

// [seed] values to a mean with its interval.
Mean mean_of(const std::vector<double>& values) {
  Mean out;
  const double n = double(values.size());
  for (const double v : values) out.mean += v / n;
  Rng rng(1, "bootstrap");
  std::vector<double> means(kResamples);
  for (double& m : means) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += values[rng.below(values.size())];
    m = sum / n;
  }
  std::ranges::sort(means);
  out.lower = measure::quantile_of_sorted(means, 0.025);
  out.upper = measure::quantile_of_sorted(means, 0.975);
  return out;
}

// One row's scores: [landscape][seed][budget]; a landscape without any is left out of the row.
using Scores = std::vector<std::vector<std::vector<double>>>;

// [seed]: mean over the landscapes that both rows have, of a, or of a - b.
std::vector<double> over_landscapes(const Scores& a, const Scores* b, std::size_t seeds, std::size_t budget) {
  std::vector<double> out(seeds, 0);
  std::size_t n = 0;
  for (std::size_t l = 0; l < a.size(); ++l) {
    if (a[l].empty() || (b && (*b)[l].empty())) continue;
    ++n;
    for (std::size_t s = 0; s < seeds; ++s) out[s] += a[l][s][budget] - (b ? (*b)[l][s][budget] : 0);
  }
  for (double& v : out) v /= double(std::max<std::size_t>(n, 1));
  return out;
}

// Another device's landscape of the same kernel: the first with the same tunables.
const Landscape* relative(const std::vector<Landscape>& all, const Landscape& of) {
  const auto names = [](const Landscape& l) {
    std::vector<std::string> out;
    for (const Tunable& t : l.space.tunables()) out.push_back(t.name);
    return out;
  };
  for (const Landscape& other : all)
    if (&other != &of && names(other) == names(of)) return &other;
  return nullptr;
}

double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
}

nlohmann::json json_of(const std::vector<Mean>& means) {
  nlohmann::json out = nlohmann::json::array();
  for (const Mean& m : means) out.push_back({{"mean", m.mean}, {"lower", m.lower}, {"upper", m.upper}});
  return out;
}

}  // namespace

Result<std::vector<double>> replay(const Landscape& landscape, std::string_view optimiser, const Settings& configure,
                                   const Prior& prior, std::uint64_t seed, std::size_t batch,
                                   const std::vector<std::size_t>& budgets) {
  RIDGE_TRY(const auto search, make_optimiser(optimiser, OptimiserSpec{landscape.space, configure, seed, prior}));
  Rng rng(seed, "replay");
  std::vector<double> scores;
  double score = 0;
  std::size_t evaluations = 0;
  for (const std::size_t budget : budgets) {
    while (evaluations < budget) {
      const auto asked = search->ask(std::min(batch, budget - evaluations), rng);
      if (asked.empty()) break;
      for (const Point& p : asked) {
        const Configuration* c = landscape.find(p);
        RIDGE_CHECK(c, "an optimiser asks for points of its space");
        RIDGE_CHECK(search->tell(p, c->seconds), "an optimiser asks for what it was not told");
        if (c->seconds) score = std::max(score, landscape.best_seconds / *c->seconds);
        ++evaluations;
      }
    }
    scores.push_back(score);
  }
  return scores;
}

Result<Comparison> compare(const std::vector<Landscape>& landscapes, CompareSettings settings) {
  if (settings.optimisers.empty())
    for (const OptimiserRow& row : optimisers()) settings.optimisers.emplace_back(row.name);
  if (settings.seeds == 0 || settings.budgets.empty() || settings.batch == 0)
    return fail(Error::Kind::usage, "at least one seed, one budget and one point a batch are needed");
  if (!std::ranges::is_sorted(settings.budgets))
    return fail(Error::Kind::usage, "budgets are given in ascending order");
  Comparison out;
  for (const Landscape& l : landscapes) {
    out.landscapes.push_back(l.name);
    out.sizes.push_back(l.configurations.size());
    out.failed.push_back(l.failed);
    out.notes.push_back(l.notes);
  }
  std::vector<Scores> scores;
  const auto run = [&](const std::string& optimiser, const Settings& configure, bool with_prior) -> Result<void> {
    ComparedOptimiser row;
    row.name = optimiser + (with_prior ? " with a prior" : "");
    row.optimiser = optimiser;
    row.prior = with_prior;
    Scores& its = scores.emplace_back(landscapes.size());
    double spent = 0, evaluations = 0;
    for (std::size_t l = 0; l < landscapes.size(); ++l) {
      row.priors.emplace_back();
      row.landscapes.emplace_back();
      const Landscape* other = with_prior ? relative(landscapes, landscapes[l]) : nullptr;
      if (with_prior && !other) continue;
      if (settings.progress) settings.progress(row.name + " on " + landscapes[l].name);
      if (other) row.priors.back() = other->name;
      const Prior prior = other ? prior_from(*other, landscapes[l].space) : Prior();
      const double before = cpu_seconds();
      for (std::size_t s = 0; s < settings.seeds; ++s) {
        RIDGE_TRY(std::vector<double> scored, replay(landscapes[l], optimiser, configure, prior,
                                                     settings.first_seed + s, settings.batch, settings.budgets));
        its[l].push_back(std::move(scored));
      }
      spent += cpu_seconds() - before;
      evaluations += double(settings.seeds * std::min(settings.budgets.back(), landscapes[l].configurations.size()));
      for (std::size_t b = 0; b < settings.budgets.size(); ++b) {
        std::vector<double> values;
        for (const auto& seed : its[l]) values.push_back(seed[b]);
        row.landscapes[l].push_back(mean_of(values));
      }
    }
    if (evaluations == 0) {  // no landscape has a relative
      scores.pop_back();
      return {};
    }
    for (std::size_t b = 0; b < settings.budgets.size(); ++b)
      row.overall.push_back(mean_of(over_landscapes(its, nullptr, settings.seeds, b)));
    row.microseconds = 1e6 * spent / evaluations;
    out.rows.push_back(std::move(row));
    return {};
  };
  for (std::size_t i = 0; i < settings.optimisers.size(); ++i)
    RIDGE_TRY_VOID(run(settings.optimisers[i], i == 0 ? settings.settings : Settings(), false));
  const std::string standard(optimisers().front().name);
  if (settings.priors && std::ranges::find(settings.optimisers, standard) != settings.optimisers.end())
    RIDGE_TRY_VOID(run(standard, settings.optimisers.front() == standard ? settings.settings : Settings(), true));

  const auto against = [&](const std::string& name, std::vector<Mean> ComparedOptimiser::* to) {
    const auto base = std::ranges::find(out.rows, name, &ComparedOptimiser::name);
    if (base == out.rows.end()) return;
    for (std::size_t r = 0; r < out.rows.size(); ++r) {
      if (out.rows[r].name == name) continue;
      for (std::size_t b = 0; b < settings.budgets.size(); ++b)
        (out.rows[r].*to)
            .push_back(
                mean_of(over_landscapes(scores[r], &scores[std::size_t(base - out.rows.begin())], settings.seeds, b)));
    }
  };
  against("random", &ComparedOptimiser::over_random);
  against(standard, &ComparedOptimiser::over_default);
  out.settings = std::move(settings);
  return out;
}

nlohmann::json to_json(const Comparison& c) {
  nlohmann::json out = {{"seeds", c.settings.seeds},
                        {"first_seed", c.settings.first_seed},
                        {"budgets", c.settings.budgets},
                        {"batch", c.settings.batch},
                        {"score", "optimum / best found, 0 while nothing has run; failed configurations count"},
                        {"interval", "95 %, percentile bootstrap over seeds, 2000 samples"},
                        {"landscapes", nlohmann::json::array()},
                        {"optimisers", nlohmann::json::array()}};
  for (std::size_t l = 0; l < c.landscapes.size(); ++l)
    out["landscapes"].push_back(
        {{"name", c.landscapes[l]}, {"configurations", c.sizes[l]}, {"failed", c.failed[l]}, {"notes", c.notes[l]}});
  for (const ComparedOptimiser& row : c.rows) {
    nlohmann::json each = nlohmann::json::array();
    for (std::size_t l = 0; l < row.landscapes.size(); ++l) {
      if (row.landscapes[l].empty()) continue;
      each.push_back({{"name", c.landscapes[l]}, {"scores", json_of(row.landscapes[l])}});
      if (!row.priors[l].empty()) each.back()["prior"] = row.priors[l];
    }
    out["optimisers"].push_back({{"name", row.name},
                                 {"optimiser", row.optimiser},
                                 {"prior", row.prior},
                                 {"overall", json_of(row.overall)},
                                 {"over_random", json_of(row.over_random)},
                                 {"over_default", json_of(row.over_default)},
                                 {"own_us_per_evaluation", row.microseconds},
                                 {"landscapes", each}});
  }
  return out;
}

}  // namespace ridge
