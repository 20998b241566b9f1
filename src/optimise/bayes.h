// Model-based search: a Gaussian process over log cost says of every candidate point what it will cost and how sure
// that is; asked for is the one with the largest expected improvement (Jones, Schonlau and Welch 1998).
//
// It begins with a few points spread over the space, the first near its middle. Failed points stand in the model with
// the worst cost seen, so that their surroundings are avoided; costs above the median are drawn together, because how
// bad the bad half is does not matter. Candidates are a sample of the space and everything one tunable away from the
// best points, so that the end of a search is a local one. Points that are asked for and not told yet are believed to
// come out as predicted (Ginsbourger et al. 2010): a batch spreads out by itself.
//
// A prior is subtracted before the model sees anything and added to what it predicts, scaled by how well it has done;
// it is left out while the costs are explained better without it.
#pragma once

#include <unordered_set>

#include "optimise/internal/covariance.h"
#include "optimise/internal/process.h"
#include "optimise/optimiser.h"

namespace ridge {

class Bayes : public Optimiser {
 public:
  static std::span<const Setting> settings();
  explicit Bayes(const OptimiserSpec& spec);

 protected:
  std::optional<Point> propose(Rng& rng) override;
  void learn(const Sample& sample) override;

 private:
  struct Targets {
    std::vector<double> y;    // of the samples in use; mean 0, spread 1, less what the prior explains
    double least = 0;         // of those, prior included
    double prior_weight = 0;  // of the prior's (standardised) opinion in y
  };
  std::optional<Point> spread(Rng& rng);
  std::optional<Point> by_prior();
  Targets targets(bool with_prior) const;
  void choose_samples();
  void fit_covariance();
  void make_pool();
  bool is_open(const Point& p) const;
  void add_candidate(const Point& p);
  void add_around(const Point& centre);
  void observe_all();
  double opinion(const Point& p) const;

  optimise::Covariance covariance_;
  optimise::Fit fit_;
  optimise::Process process_;
  optimise::Process::Prediction prediction_;
  bool prior_helps_ = true;  // the costs are explained better with it than without
  std::size_t next_fit_ = 0;
  std::vector<std::size_t> used_;                  // samples that the model sees, in the order they were told
  std::vector<optimise::Classes> sample_classes_;  // of every sample
  std::vector<double> sample_opinions_;            // likewise: what the prior thought
  std::vector<Point> rows_;                        // what the process has observed, in order
  std::vector<Point> pool_;                        // candidates
  std::vector<double> pool_opinions_;
  std::unordered_set<Point, PointHash> in_pool_;
  double prior_mean_ = 0, prior_spread_ = 1;  // of the prior's log cost over the space
};

}  // namespace ridge
