#include "optimise/internal/process.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ridge::optimise {
namespace {

constexpr std::size_t block = 16;  // candidates are worked on in whole blocks, which compilers turn into vectors
constexpr double relevances[] = {0.02, 0.15, 0.4, 0.7, 0.95};
constexpr double reaches[] = {0.1, 0.25, 0.5, 1, 2};
constexpr double roughnesses[] = {1e-3, 3e-3, 0.01, 0.03, 0.1};

double log_prior(const TunableShape& s) {
  const double reach = std::log(s.reach / 0.5), relevance = (s.relevance - 0.6) / 0.5;
  return -0.5 * (reach * reach + relevance * relevance);
}

double log_prior(double roughness) {
  const double r = std::log(roughness / 0.003) / 2;
  return -0.5 * r * r;
}

// Log marginal likelihood with mean and variance at their best, up to a constant. `k` is the lower triangle, by row.
double likelihood(const std::vector<float>& k, std::span<const double> y, double roughness,
                  std::vector<float>& factor) {
  const std::size_t n = y.size();
  factor.resize(n * n);
  double log_det = 0;
  for (std::size_t i = 0; i < n; ++i) {
    float* a = &factor[i * n];
    for (std::size_t j = 0; j <= i; ++j) {
      const float* b = &factor[j * n];
      float s = k[i * n + j];
      for (std::size_t m = 0; m < j; ++m) s -= a[m] * b[m];
      if (j < i) {
        a[j] = s / b[j];
      } else {
        s += float(roughness);
        if (s <= 1e-7f) return -1e300;
        a[i] = std::sqrt(s);
        log_det += std::log(a[i]);
      }
    }
  }
  double ones = 0, cross = 0, squares = 0;
  std::vector<double> z(n), w(n);
  for (std::size_t i = 0; i < n; ++i) {
    double p = y[i], q = 1;
    const float* a = &factor[i * n];
    for (std::size_t m = 0; m < i; ++m) {
      p -= double(a[m]) * z[m];
      q -= double(a[m]) * w[m];
    }
    z[i] = p / a[i];
    w[i] = q / a[i];
    ones += w[i] * w[i];
    cross += w[i] * z[i];
    squares += z[i] * z[i];
  }
  const double variance = std::max((squares - cross * cross / ones) / double(n), 1e-12);
  return -0.5 * double(n) * std::log(variance) - log_det;
}

}  // namespace

void fit(Covariance& covariance, Fit& fit, std::span<const Classes> x, std::span<const double> y, int sweeps) {
  const std::size_t n = x.size();
  std::vector<float> whole(n * n), rest(n * n), trial(n * n), factor;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j) whole[i * n + j] = covariance.between(x[i].data(), x[j].data());
  double best = likelihood(whole, y, fit.roughness, factor) + log_prior(fit.roughness);
  for (std::size_t d = 0; d < covariance.dimensions(); ++d) best += log_prior(covariance.shape(d));
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    for (std::size_t d = 0; d < covariance.dimensions(); ++d) {
      TunableShape kept = covariance.shape(d);
      const double others = -log_prior(kept);
      double prior_rest = others;
      for (std::size_t e = 0; e < covariance.dimensions(); ++e) prior_rest += log_prior(covariance.shape(e));
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j <= i; ++j) rest[i * n + j] = whole[i * n + j] / covariance.row(d, x[i][d])[x[j][d]];
      const auto apply = [&](const TunableShape& s, std::vector<float>& to) {
        covariance.set(d, s);
        for (std::size_t i = 0; i < n; ++i) {
          const float* row = covariance.row(d, x[i][d]);
          for (std::size_t j = 0; j <= i; ++j) to[i * n + j] = rest[i * n + j] * row[x[j][d]];
        }
      };
      const auto attempt = [&](TunableShape s) {
        apply(s, trial);
        const double value =
            likelihood(trial, y, fit.roughness, factor) + prior_rest + log_prior(s) + log_prior(fit.roughness);
        if (value > best + 1e-9) {
          best = value;
          kept = s;
        }
      };
      const TunableShape before = kept;
      for (const double r : relevances)
        if (r != before.relevance) attempt({r, before.reach});
      if (covariance.ordered(d))
        for (const double l : reaches)
          if (l != kept.reach) attempt({kept.relevance, l});
      apply(kept, whole);
    }
    const double before = fit.roughness;
    double shapes = 0;
    for (std::size_t d = 0; d < covariance.dimensions(); ++d) shapes += log_prior(covariance.shape(d));
    for (const double r : roughnesses) {
      if (r == before) continue;
      const double value = likelihood(whole, y, r, factor) + shapes + log_prior(r);
      if (value > best + 1e-9) {
        best = value;
        fit.roughness = r;
      }
    }
  }
  fit.quality = best;
}

void Process::clear(double roughness) {
  roughness_ = roughness;
  observed_.clear();
  factor_.clear();
  coordinates_.clear();
  rows_.clear();
  explained_.clear();
  count_ = capacity_ = 0;
}

std::size_t Process::add_candidate(const Classes& x) {
  const std::size_t at = count_++;
  if (count_ > capacity_) {
    capacity_ = std::max(2 * capacity_, 16 * block);
    coordinates_.resize(covariance_.dimensions());
    for (auto& c : coordinates_) c.resize(capacity_, 0);
    for (auto& r : rows_) r.resize(capacity_, 0);
    explained_.resize(capacity_, 0);
  }
  for (std::size_t d = 0; d < x.size(); ++d) coordinates_[d][at] = x[d];
  extend(at);
  return at;
}

void Process::extend(std::size_t c) {
  explained_[c] = 0;
  for (std::size_t i = 0; i < observed_.size(); ++i) {
    float v = 1;
    for (std::size_t d = 0; d < coordinates_.size(); ++d) v *= covariance_.row(d, observed_[i][d])[coordinates_[d][c]];
    for (std::size_t m = 0; m < i; ++m) v -= factor_[i][m] * rows_[m][c];
    v *= 1 / factor_[i][i];
    rows_[i][c] = v;
    explained_[c] += v * v;
  }
}

void Process::truncate(std::size_t observations) {
  if (observed_.size() <= observations) return;
  observed_.resize(observations);
  factor_.resize(observations);
  rows_.resize(observations);
  // Added up anew, in the same order: subtracting would leave a trace of what was there.
  std::ranges::fill(explained_, 0.0f);
  for (const auto& row : rows_)
    for (std::size_t c = 0; c < capacity_; ++c) explained_[c] += row[c] * row[c];
}

void Process::observe(const Classes& x) {
  const std::size_t n = observed_.size();
  std::vector<float> a(n + 1);
  float rest = 1 + float(roughness_);
  for (std::size_t j = 0; j < n; ++j) {
    float s = covariance_.between(x.data(), observed_[j].data());
    for (std::size_t m = 0; m < j; ++m) s -= a[m] * factor_[j][m];
    a[j] = s / factor_[j][j];
    rest -= a[j] * a[j];
  }
  a[n] = std::sqrt(std::max(rest, 1e-6f));
  std::vector<float> row(capacity_, 1);
  for (std::size_t d = 0; d < coordinates_.size(); ++d) {
    const float* table = covariance_.row(d, x[d]);
    const std::uint16_t* at = coordinates_[d].data();
    for (std::size_t c = 0; c < capacity_; ++c) row[c] *= table[at[c]];
  }
  const float scale = 1 / a[n];
  for (std::size_t from = 0; from < capacity_; from += block) {
    float sum[block];
    for (std::size_t k = 0; k < block; ++k) sum[k] = row[from + k];
    for (std::size_t m = 0; m < n; ++m) {
      const float* other = rows_[m].data() + from;
      const float factor = a[m];
      for (std::size_t k = 0; k < block; ++k) sum[k] -= factor * other[k];
    }
    for (std::size_t k = 0; k < block; ++k) {
      sum[k] *= scale;
      row[from + k] = sum[k];
      explained_[from + k] += sum[k] * sum[k];
    }
  }
  observed_.push_back(x);
  factor_.push_back(std::move(a));
  rows_.push_back(std::move(row));
}

void Process::predict(std::span<const double> y, Prediction& out) const {
  const std::size_t n = y.size();
  std::vector<double> z(n), w(n);
  double ones = 0, cross = 0;
  for (std::size_t i = 0; i < n; ++i) {
    double p = y[i], q = 1;
    for (std::size_t m = 0; m < i; ++m) {
      p -= double(factor_[i][m]) * z[m];
      q -= double(factor_[i][m]) * w[m];
    }
    z[i] = p / factor_[i][i];
    w[i] = q / factor_[i][i];
    ones += w[i] * w[i];
    cross += w[i] * z[i];
  }
  const double mean = cross / (ones + 0.01);
  double squares = 0;
  for (std::size_t i = 0; i < n; ++i) {
    z[i] -= mean * w[i];
    squares += z[i] * z[i];
  }
  out.scale = std::sqrt(std::max(squares / double(std::max<std::size_t>(n, 1)), 0.02));
  out.mean.resize(capacity_);
  out.variance.resize(capacity_);
  for (std::size_t from = 0; from < capacity_; from += block) {
    float sum[block];
    for (std::size_t k = 0; k < block; ++k) sum[k] = float(mean);
    for (std::size_t i = 0; i < n; ++i) {
      const float* row = rows_[i].data() + from;
      const float weight = float(z[i]);
      for (std::size_t k = 0; k < block; ++k) sum[k] += weight * row[k];
    }
    for (std::size_t k = 0; k < block; ++k) {
      out.mean[from + k] = sum[k];
      out.variance[from + k] = std::max(1 - explained_[from + k], 1e-6f) + float(roughness_);
    }
  }
}

}  // namespace ridge::optimise
