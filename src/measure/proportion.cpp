#include "measure/proportion.h"

#include <cmath>

#include "base/result.h"

namespace ridge::measure {
namespace {

// P(X >= hits) of X ~ Binomial(trials, p), 0 < p < 1.
double at_least(std::size_t hits, std::size_t trials, double p) {
  double sum = 0;
  const double n = double(trials);
  for (std::size_t k = hits; k <= trials; ++k) {
    const double x = double(k);
    sum += std::exp(std::lgamma(n + 1) - std::lgamma(x + 1) - std::lgamma(n - x + 1) + x * std::log(p) +
                    (n - x) * std::log1p(-p));
  }
  return sum;
}

// The p at which at_least(hits, trials, p), which grows with p, is `tail`.
double share_with_tail(std::size_t hits, std::size_t trials, double tail) {
  double low = 0, high = 1;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (at_least(hits, trials, middle) < tail ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace

Proportion clopper_pearson(std::size_t hits, std::size_t trials, double level) {
  RIDGE_CHECK(hits <= trials, "what happened is part of what was tried");
  RIDGE_CHECK(level > 0 && level < 1, "a level lies between 0 and 1");
  Proportion out{hits, trials, 0, 1};
  const double tail = (1 - level) / 2;
  if (hits > 0) out.lower = share_with_tail(hits, trials, tail);
  if (hits < trials) out.upper = share_with_tail(hits + 1, trials, 1 - tail);
  return out;
}

}  // namespace ridge::measure
