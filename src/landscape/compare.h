// Optimisers compared on recorded landscapes.
//
// What counts: every configuration that an optimiser asks for, once, also when it failed to compile or run (its score
// is then that of the best before it). Points that violate the space's restrictions are never asked for and do not
// count. The score after n such evaluations is the optimum's time over the best time found, 0 while nothing has run.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "landscape/landscape.h"

namespace ridge {

struct CompareSettings {
  std::vector<std::string> optimisers;  // rows of the table; empty: all
  Settings settings;                    // for the first of `optimisers` alone
  std::size_t seeds = 30;
  std::uint64_t first_seed = 1;
  std::vector<std::size_t> budgets = {25, 50, 100, 200};  // ascending
  std::size_t batch = 1;                                  // points asked for before their results are told
  bool priors = true;                                     // rows with another device's landscape of the same kernel
  std::function<void(const std::string&)> progress;       // may be empty
};

// A mean over seeds with its 95 % interval (percentile bootstrap over seeds, 2,000 samples): how much the choice of
// seeds matters, the landscapes being given.
struct Mean {
  double mean = 0, lower = 0, upper = 0;
};

struct ComparedOptimiser {
  std::string name;       // "bayes", "bayes with a prior"
  std::string optimiser;  // row of the table
  bool prior = false;
  // [landscape][budget]; empty where the row has nothing to say (no prior for this landscape)
  std::vector<std::vector<Mean>> landscapes;
  std::vector<std::string> priors;  // [landscape]: whose costs were believed; empty: none
  std::vector<Mean> overall;        // [budget]: mean over its landscapes
  // Differences of `overall`, paired by seed, over the landscapes that both have; empty for the row itself.
  std::vector<Mean> over_random, over_default;
  double microseconds = 0;  // of our own work per evaluation, single thread
};

struct Comparison {
  CompareSettings settings;
  std::vector<std::string> landscapes;
  std::vector<std::size_t> sizes, failed;  // configurations, and how many of them failed
  std::vector<std::vector<std::string>> notes;
  std::vector<ComparedOptimiser> rows;
};

Result<Comparison> compare(const std::vector<Landscape>& landscapes, CompareSettings settings);
nlohmann::json to_json(const Comparison& comparison);

// Scores of one search: after each of the budgets. `configure`: settings of the optimiser.
Result<std::vector<double>> replay(const Landscape& landscape, std::string_view optimiser, const Settings& configure,
                                   const Prior& prior, std::uint64_t seed, std::size_t batch,
                                   const std::vector<std::size_t>& budgets);

}  // namespace ridge
