#include "measure/signed_rank.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "measure/summary.h"

namespace ridge::measure {

namespace {

constexpr std::size_t most_exact = 300;

double normal_below(double z) {
  return 0.5 * std::erfc(-z / std::sqrt(2.0));
}

// Probabilities of each value of the sum of a random subset of `ranks`. Ranks count in halves, because ties share a
// mid-rank.
std::vector<double> subset_sums(std::span<const std::size_t> half_ranks) {
  std::size_t most = std::accumulate(half_ranks.begin(), half_ranks.end(), std::size_t(0));
  std::vector<double> probability(most + 1, 0.0);
  probability[0] = 1;
  std::size_t reached = 0;
  for (std::size_t rank : half_ranks) {
    reached += rank;
    for (std::size_t s = reached + 1; s-- > 0;)
      probability[s] = 0.5 * (probability[s] + (s >= rank ? probability[s - rank] : 0.0));
  }
  return probability;
}

struct RankSum {
  std::vector<std::size_t> half_ranks;  // of every value, by distance from the shift
  std::size_t positive = 0;             // sum over values above the shift
};

RankSum rank_sum(std::span<const double> logs, double shift) {
  std::vector<double> centred;
  for (double x : logs)
    if (x != shift) centred.push_back(x - shift);
  std::ranges::sort(centred, {}, [](double x) { return std::abs(x); });
  RankSum out;
  out.half_ranks.resize(centred.size());
  for (std::size_t i = 0; i < centred.size();) {
    std::size_t end = i + 1;
    while (end < centred.size() && std::abs(centred[end]) == std::abs(centred[i])) ++end;
    const std::size_t half_rank = (i + 1) + end;  // twice the mean of the ranks i + 1 … end
    for (; i < end; ++i) {
      out.half_ranks[i] = half_rank;
      if (centred[i] > 0) out.positive += half_rank;
    }
  }
  return out;
}

// P(S <= observed) and P(S >= observed) when signs are random.
struct Tails {
  double below = 1, above = 1;
};

Tails tails(std::span<const double> logs, double shift) {
  const RankSum sum = rank_sum(logs, shift);
  Tails out;
  if (sum.half_ranks.empty()) return out;
  if (sum.half_ranks.size() > most_exact) {
    double mean = 0, variance = 0;
    for (std::size_t r : sum.half_ranks) {
      mean += 0.5 * double(r);
      variance += 0.25 * double(r) * double(r);
    }
    const double z = (double(sum.positive) - mean) / std::sqrt(variance);
    return {normal_below(z), normal_below(-z)};
  }
  const std::vector<double> p = subset_sums(sum.half_ranks);
  const auto at = p.begin() + std::ptrdiff_t(sum.positive);
  return {std::accumulate(p.begin(), at + 1, 0.0), std::accumulate(at, p.end(), 0.0)};
}

// How many Walsh averages may be cut from each end: the largest k with 2 P(S < k) <= nominal_p, 0 if even k = 1 is too
// many.
std::size_t cut(std::size_t n, double nominal_p) {
  const double pairs = double(n) * double(n + 1) / 2;
  if (n > most_exact) {
    // Where the normal approximation is used, z at the level by bisection (monotone, so 60 halvings are exact enough).
    double low = 0, high = 10;
    for (int i = 0; i < 60; ++i) {
      const double z = 0.5 * (low + high);
      (2 * normal_below(-z) > nominal_p ? low : high) = z;
    }
    return std::size_t(std::max(0.0, pairs / 2 - high * std::sqrt(pairs * double(2 * n + 1) / 12)));
  }
  std::vector<std::size_t> ranks(n);
  std::iota(ranks.begin(), ranks.end(), std::size_t(1));
  const std::vector<double> p = subset_sums(ranks);
  double below = 0;
  std::size_t k = 0;
  while (k < p.size() / 2 && 2 * (below + p[k]) <= nominal_p) below += p[k++];
  return k;
}

}  // namespace

double signed_rank_p(std::span<const double> logs, double shift) {
  const Tails t = tails(logs, shift);
  return std::min(1.0, 2 * std::min(t.below, t.above));
}

double signed_rank_p_below(std::span<const double> logs, double shift) {
  return tails(logs, shift).below;
}

Interval signed_rank_interval(std::span<const double> logs, double nominal_p) {
  Interval out;
  out.n = logs.size();
  out.level = 1 - nominal_p;
  out.lower = 0;
  out.upper = std::numeric_limits<double>::infinity();
  if (logs.empty()) return out;
  const std::vector<double> means = walsh_averages(logs);
  out.estimate = std::exp(quantile_of_sorted(means, 0.5));
  const std::size_t k = cut(logs.size(), nominal_p);
  if (k == 0) return out;
  out.lower = std::exp(means[k - 1]);
  out.upper = std::exp(means[means.size() - k]);
  return out;
}

}  // namespace ridge::measure
