// A Gaussian process (Rasmussen and Williams 2006) over the points of a space, with a pool of candidates whose means
// and variances are kept up to date: a further observation costs time linear in the pool and in the observations,
// because the Cholesky factor and the candidates' rows only grow.
#pragma once

#include <span>
#include <vector>

#include "optimise/internal/covariance.h"

namespace ridge::optimise {

using Classes = std::vector<std::uint16_t>;

// What of a value does not follow from its surroundings: the roughness of a landscape and the noise of measurements, as
// a fraction of the variance. The covariance's shape and this are fitted together.
struct Fit {
  double roughness = 1e-3;
  double quality = 0;  // log of marginal likelihood times prior, comparable for equal x
};
// The shape and roughness that explain `y` at `x` best (marginal likelihood times a weak prior), by coordinate steps
// from the present ones.
void fit(Covariance& covariance, Fit& fit, std::span<const Classes> x, std::span<const double> y, int sweeps);

class Process {
 public:
  Process(const Covariance& covariance, double roughness) : covariance_(covariance), roughness_(roughness) {}

  // Forgets observations and candidates: the covariance has changed.
  void clear(double roughness);
  std::size_t add_candidate(const Classes& x);
  std::size_t candidates() const { return coordinates_.empty() ? 0 : count_; }
  // Observations are places without values: values come when predictions are asked for.
  void observe(const Classes& x);
  void truncate(std::size_t observations);
  std::size_t observations() const { return observed_.size(); }

  // The posterior at the candidates from values of the first y.size() observations (mean of y near 0, spread near 1).
  // Later observations are pending: they are believed to come out as predicted, so they narrow the variance and leave
  // the mean alone.
  struct Prediction {
    std::vector<float> mean;
    std::vector<float> variance;  // of a further value there, roughness included, as a fraction of scale²
    double scale = 1;
  };
  void predict(std::span<const double> y, Prediction& out) const;

 private:
  void extend(std::size_t candidate);  // brings one candidate's column up to date

  const Covariance& covariance_;
  double roughness_;
  std::vector<Classes> observed_;
  std::vector<std::vector<float>> factor_;               // lower triangle, by row
  std::size_t count_ = 0, capacity_ = 0;                 // of candidates; capacity is a multiple of a block
  std::vector<std::vector<std::uint16_t>> coordinates_;  // [dimension][candidate]
  std::vector<std::vector<float>> rows_;                 // [observation][candidate]
  std::vector<float> explained_;                         // [candidate]: sum of squares of its column
};

}  // namespace ridge::optimise
