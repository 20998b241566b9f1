#include "base/text.h"
#include "optimise/annealing.h"
#include "optimise/bayes.h"
#include "optimise/differential.h"
#include "optimise/exhaustive.h"
#include "optimise/genetic.h"
#include "optimise/local_search.h"
#include "optimise/optimiser.h"
#include "optimise/random.h"

namespace ridge {
namespace {

template <class O>
std::unique_ptr<Optimiser> make(const OptimiserSpec& spec) {
  return std::make_unique<O>(spec);
}

}  // namespace

std::span<const OptimiserRow> optimisers() {
  static const OptimiserRow rows[] = {
      {"bayes", "a model of log cost asks for the largest expected improvement",
       "Jones, Schonlau and Welch, J. Global Optimization 13 (1998)", Bayes::settings(), make<Bayes>},
      {"genetic", "the best points have offspring that mix their values",
       "Holland, Adaptation in Natural Systems (1975)", Genetic::settings(), make<Genetic>},
      {"differential", "differences of members move the best", "Storn and Price, J. Global Optimization 11 (1997)",
       Differential::settings(), make<Differential>},
      {"annealing", "a walk that accepts worse points while it is warm",
       "Kirkpatrick, Gelatt and Vecchi, Science 220 (1983)", Annealing::settings(), make<Annealing>},
      {"local-search", "steps to better neighbours, beginning anew where there are none",
       "Aarts and Lenstra, Local Search in Combinatorial Optimization (1997)", LocalSearch::settings(),
       make<LocalSearch>},
      {"random", "uniform over what is left", "", RandomOptimiser::settings(), make<RandomOptimiser>},
      {"exhaustive", "every point in order", "", ExhaustiveOptimiser::settings(), make<ExhaustiveOptimiser>},
  };
  return rows;
}

const OptimiserRow* find_optimiser(std::string_view name) {
  for (const OptimiserRow& row : optimisers())
    if (row.name == name) return &row;
  return nullptr;
}

Result<std::unique_ptr<Optimiser>> make_optimiser(std::string_view name, OptimiserSpec spec) {
  std::vector<std::string> known;
  for (const OptimiserRow& row : optimisers()) {
    known.emplace_back(row.name);
    if (row.name != name) continue;
    RIDGE_TRY(spec.settings, complete_settings(fmt::format("optimiser {}", name), row.settings, spec.settings));
    return row.make(spec);
  }
  return fail(Error::Kind::usage, "optimiser \"{}\": no such optimiser{}", name, suggestion(name, known));
}

}  // namespace ridge
