#include "optimise/bayes.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace ridge {
namespace {

constexpr Setting kBayesSettings[] = {
    {"initial", "points spread over the space before the model is asked", 8, 1, 1000, true},
    {"pool", "candidates that the model compares", 1000, 16, 100'000, true},
    {"margin", "how much better than the best, in spreads of log cost, an improvement has to be", 0.05, 0, 5},
};

constexpr double kNoise = 1e-3;        // variance of a repeated measurement, as a fraction of the spread of log cost
constexpr double kCompress = 0.5;      // of distances above the median
constexpr double kGrowth = 1.3;        // the covariance is fitted again whenever there are so many times the samples
constexpr std::size_t kFitted = 48;    // samples that a fit looks at
constexpr int kSweeps = 2;             // over the tunables in a fit
constexpr std::size_t kUsed = 192;     // samples that the model sees after a fit; until the next, a third more may come
constexpr std::size_t kAround = 3;     // best points whose surroundings are candidates
constexpr std::size_t kByPrior = 3;    // points that a prior likes best, before others are spread over the space
constexpr int kFirst = 200;            // draws for the point nearest to the middle
constexpr int kSpread = 30;            // draws for each further one of the initial points
constexpr std::size_t kPending = 128;  // pending points that the model sees

double density(double z) {
  return std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi);
}
double cumulative(double z) {
  return 0.5 * std::erfc(-z / std::numbers::sqrt2);
}
double expected_improvement(double gain, double deviation) {
  const double z = gain / deviation;
  // Far below, where both terms vanish, any rising function keeps the order.
  return z < -8 ? z - 1000 : gain * cumulative(z) + deviation * density(z);
}

// The best half of `most`, and of the rest as many by chance.
void thin(std::vector<std::size_t>& best_first, std::size_t most, Rng& rng) {
  if (best_first.size() <= most) return;
  std::vector<std::size_t> rest(best_first.begin() + std::ptrdiff_t(most / 2), best_first.end());
  rng.shuffle(rest);
  std::ranges::copy(rest.begin(), rest.begin() + std::ptrdiff_t(most - most / 2),
                    best_first.begin() + std::ptrdiff_t(most / 2));
  best_first.resize(most);
}

}  // namespace

std::span<const Setting> Bayes::settings() {
  return kBayesSettings;
}

Bayes::Bayes(const OptimiserSpec& spec)
    : Optimiser(spec),
      covariance_(space()),
      process_(covariance_, fit_.roughness),
      next_fit_(std::size_t(setting("initial"))) {
  if (!spec.prior) return;
  Rng rng(spec.seed, "bayes prior");
  std::vector<double> seen;
  for (int i = 0; i < 1000; ++i)
    if (const auto p = space().random(rng))
      if (const PointCost c = spec.prior(*p); c && *c > 0) seen.push_back(std::log(*c));
  if (seen.empty()) return;
  for (const double v : seen) prior_mean_ += v / double(seen.size());
  double squares = 0;
  for (const double v : seen) squares += (v - prior_mean_) * (v - prior_mean_);
  prior_spread_ = std::max(1e-6, std::sqrt(squares / double(seen.size())));
}

// In spreads of the prior over the space; what failed there is thought to be bad here.
double Bayes::opinion(const Point& p) const {
  if (!spec().prior) return 0;
  const PointCost c = spec().prior(p);
  return c && *c > 0 ? (std::log(*c) - prior_mean_) / prior_spread_ : 2;
}

// Not told yet. What is pending counts as open, so that the candidates follow from what was told alone.
bool Bayes::is_open(const Point& p) const {
  return is_fresh(p) || std::ranges::find(pending(), p) != pending().end();
}

void Bayes::add_candidate(const Point& p) {
  if (!in_pool_.insert(p).second) return;
  pool_.push_back(p);
  pool_opinions_.push_back(opinion(p));
  process_.add_candidate(covariance_.classes(p));
}

void Bayes::add_around(const Point& centre) {
  Point p = centre;
  for (std::size_t t = 0; t < p.size(); ++t) {
    const std::size_t values = space().tunables()[t].values.size();
    // Of very long lists only the near part: a pool has to stay small.
    const std::size_t step = 1 + values / 64;
    for (std::size_t v = centre[t] % step; v < values; v += step) {
      p[t] = std::uint32_t(v);
      if (v != centre[t] && is_open(p)) add_candidate(p);
    }
    p[t] = centre[t];
  }
}

// What the model sees, and the candidates it compares, both anew.
void Bayes::choose_samples() {
  used_.resize(told().size());
  std::iota(used_.begin(), used_.end(), std::size_t(0));
  std::ranges::stable_sort(used_, [&](auto a, auto b) { return less(told()[a].cost, told()[b].cost); });
  Rng rng(spec().seed, "bayes samples", told().size());
  thin(used_, kUsed, rng);
  std::ranges::sort(used_);
}

void Bayes::make_pool() {
  process_.clear(fit_.roughness);
  rows_.clear();
  pool_.clear();
  pool_opinions_.clear();
  in_pool_.clear();
  Rng rng(spec().seed, "bayes pool", told().size());
  const std::size_t wanted = std::size_t(setting("pool"));
  if (const PointList* all = space().listed(); all && all->size() <= wanted) {
    for (std::size_t i = 0; i < all->size(); ++i)
      if (const Point p = all->at(i); is_open(p)) add_candidate(p);
  } else {
    for (std::size_t i = 0; i < wanted; ++i)
      if (const auto p = space().random(rng); p && is_open(*p)) add_candidate(*p);
  }
  std::vector<std::size_t> order = used_;
  const auto top = order.begin() + std::ptrdiff_t(std::min(kAround, order.size()));
  std::ranges::partial_sort(order, top, [&](auto a, auto b) {
    return told()[a].cost == told()[b].cost ? a < b : less(told()[a].cost, told()[b].cost);
  });
  for (auto it = order.begin(); it != top; ++it)
    if (told()[*it].cost) add_around(told()[*it].point);
  // Where the prior is good it is good at the top: the sample would miss that.
  if (const PointList* all = spec().prior ? space().listed() : nullptr) {
    std::vector<std::pair<double, std::size_t>> liked;
    for (std::size_t i = 0; i < all->size(); ++i) liked.emplace_back(opinion(all->at(i)), i);
    const auto end = liked.begin() + std::ptrdiff_t(std::min(liked.size(), wanted / 4 + told().size()));
    std::ranges::partial_sort(liked, end);
    for (auto it = liked.begin(); it != end; ++it)
      if (const Point p = all->at(it->second); is_open(p)) add_candidate(p);
  }
}

Bayes::Targets Bayes::targets(bool with_prior) const {
  Targets out;
  std::vector<double> right;
  for (const std::size_t i : used_)
    if (told()[i].cost) right.push_back(std::log(*told()[i].cost));
  const auto middle = right.begin() + std::ptrdiff_t(right.size() / 2);
  std::ranges::nth_element(right, middle);
  const double median = *middle, worst = *std::ranges::max_element(right);
  for (const std::size_t i : used_) {
    const double v = told()[i].cost ? std::log(*told()[i].cost) : worst;
    out.y.push_back(v > median ? median + kCompress * (v - median) : v);
  }
  const double n = double(out.y.size());
  double mean = 0, squares = 0;
  for (const double v : out.y) mean += v / n;
  for (const double v : out.y) squares += (v - mean) * (v - mean);
  const double spread = std::sqrt(squares / n) + 1e-9;
  for (double& v : out.y) v = (v - mean) / spread;
  out.least = *std::ranges::min_element(out.y);
  if (!with_prior) return out;
  // Regression on the prior's opinion, drawn towards full belief while little is known.
  double opinions = 0, cross = 1, own = 1;
  for (const std::size_t i : used_) opinions += sample_opinions_[i] / n;
  for (std::size_t k = 0; k < used_.size(); ++k) {
    const double f = sample_opinions_[used_[k]] - opinions;
    cross += f * out.y[k];
    own += f * f;
  }
  out.prior_weight = std::max(0.0, cross / own);
  for (std::size_t k = 0; k < used_.size(); ++k) out.y[k] -= out.prior_weight * sample_opinions_[used_[k]];
  return out;
}

void Bayes::fit_covariance() {
  const std::vector<double> y = targets(false).y;
  std::vector<std::size_t> order(used_.size());
  std::iota(order.begin(), order.end(), std::size_t(0));
  std::ranges::stable_sort(order, {}, [&](std::size_t k) { return y[k]; });
  Rng rng(spec().seed, "bayes fit", told().size());
  thin(order, kFitted, rng);
  std::vector<optimise::Classes> x;
  for (const std::size_t k : order) x.push_back(sample_classes_[used_[k]]);
  const auto fit = [&](const std::vector<double>& all, optimise::Covariance& covariance, optimise::Fit& found) {
    std::vector<double> chosen;
    for (const std::size_t k : order) chosen.push_back(all[k]);
    optimise::fit(covariance, found, x, chosen, kSweeps);
  };
  if (!spec().prior) return fit(y, covariance_, fit_);
  optimise::Covariance with = covariance_;
  optimise::Fit with_fit = fit_;
  fit(y, covariance_, fit_);
  fit(targets(true).y, with, with_fit);
  prior_helps_ = with_fit.quality >= fit_.quality;
  if (!prior_helps_) return;
  covariance_ = std::move(with);
  fit_ = with_fit;
}

void Bayes::learn(const Sample& sample) {
  sample_classes_.push_back(covariance_.classes(sample.point));
  sample_opinions_.push_back(opinion(sample.point));
  const std::size_t n = told().size();
  if (n < next_fit_ || !best()) {
    used_.push_back(n - 1);
    if (best() && best()->point == sample.point && !pool_.empty()) add_around(sample.point);
    return;
  }
  next_fit_ = std::max(n + 1, std::min(std::size_t(double(n) * kGrowth), n + kUsed / 3));
  choose_samples();
  fit_covariance();
  make_pool();
}

// The initial points: near the middle, then each as far from the others as the best of a few draws.
std::optional<Point> Bayes::spread(Rng& rng) {
  std::vector<optimise::Classes> known;
  for (const Sample& s : told()) known.push_back(covariance_.classes(s.point));
  for (const Point& p : pending()) known.push_back(covariance_.classes(p));
  const auto distance = [&](const optimise::Classes& a, const optimise::Classes* b) {
    double sum = 0;
    for (std::size_t d = 0; d < covariance_.dimensions(); ++d) {
      const double step = covariance_.ordered(d)
                              ? covariance_.place(d, a[d]) - (b ? covariance_.place(d, (*b)[d]) : 0.5)
                              : double(b && a[d] != (*b)[d]);
      sum += step * step;
    }
    return sum;
  };
  std::optional<Point> chosen;
  double best_value = 0;
  for (int i = 0; i < (known.empty() ? kFirst : kSpread); ++i) {
    auto p = fresh(rng);
    if (!p) break;
    const auto classes = covariance_.classes(*p);
    double value = known.empty() ? -distance(classes, nullptr) : 1e300;
    for (const auto& other : known) value = std::min(value, distance(classes, &other));
    if (chosen && value <= best_value) continue;
    best_value = value;
    chosen = std::move(p);
  }
  return chosen;
}

// With a prior the first points are those it likes best.
std::optional<Point> Bayes::by_prior() {
  std::optional<Point> chosen;
  double best_value = 0;
  const auto consider = [&](const Point& p) {
    const double value = opinion(p);
    if ((chosen && value >= best_value) || !is_fresh(p)) return;
    best_value = value;
    chosen = p;
  };
  if (const PointList* all = space().listed()) {
    for (std::size_t i = 0; i < all->size(); ++i) consider(all->at(i));
  } else {
    Rng rng(spec().seed, "bayes prior", told().size() + pending().size());
    for (std::size_t i = 0; i < std::size_t(setting("pool")); ++i)
      if (const auto p = space().random(rng)) consider(*p);
  }
  return chosen;
}

// The process sees the samples in use, then what is pending; what has not changed since the last time is kept.
void Bayes::observe_all() {
  std::vector<const Point*> wanted;
  for (const std::size_t i : used_) wanted.push_back(&told()[i].point);
  for (const Point& p : pending().first(std::min(kPending, pending().size()))) wanted.push_back(&p);
  std::size_t same = 0;
  while (same < rows_.size() && same < wanted.size() && rows_[same] == *wanted[same]) ++same;
  process_.truncate(same);
  rows_.resize(same);
  for (std::size_t i = same; i < wanted.size(); ++i) {
    process_.observe(covariance_.classes(*wanted[i]));
    rows_.push_back(*wanted[i]);
  }
}

std::optional<Point> Bayes::propose(Rng& rng) {
  const std::size_t begun = told().size() + pending().size();
  if (spec().prior && begun < kByPrior) return by_prior();
  if (begun < std::size_t(setting("initial"))) return spread(rng);
  if (!best() || pool_.empty()) return std::nullopt;
  observe_all();
  const Targets t = targets(spec().prior && prior_helps_);
  process_.predict(t.y, prediction_);
  const double goal = t.least - setting("margin");
  std::size_t chosen = pool_.size();
  double best_value = 0;
  for (std::size_t c = 0; c < pool_.size(); ++c) {
    const double mean = double(prediction_.mean[c]) + t.prior_weight * pool_opinions_[c];
    const double value =
        expected_improvement(goal - mean, std::sqrt(double(prediction_.variance[c])) * prediction_.scale);
    if ((chosen < pool_.size() && value <= best_value) || !is_fresh(pool_[c])) continue;
    best_value = value;
    chosen = c;
  }
  return chosen < pool_.size() ? std::optional(pool_[chosen]) : std::nullopt;
}

}  // namespace ridge
