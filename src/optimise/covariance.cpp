#include "optimise/internal/covariance.h"

#include <algorithm>
#include <cmath>

namespace ridge::optimise {
namespace {

constexpr std::size_t most_classes = 128;

double number(const ParameterValue& v) {
  if (const auto* integer = std::get_if<std::int64_t>(&v)) return double(*integer);
  if (const auto* real = std::get_if<double>(&v)) return *real;
  return 0;
}

// Where a value lies between the smallest (0) and the largest (1). Sizes of tiles and blocks work by ratio, counts and
// switches by difference, and lists are often made so that steps are alike: the mean of rank and logarithm serves all.
std::vector<double> places_of(const Tunable& t, const std::vector<std::uint32_t>& order) {
  const double least = number(t.values[order.front()]), most = number(t.values[order.back()]);
  const double shift = least > 0 ? 0 : 1 - least;
  const bool wide = (most + shift) / (least + shift) >= 3;
  std::vector<double> out(order.size());
  for (std::size_t r = 0; r < order.size(); ++r) {
    const double rank = double(r) / double(order.size() - 1);
    const double ratio = wide ? std::log((number(t.values[order[r]]) + shift) / (least + shift)) /
                                    std::log((most + shift) / (least + shift))
                              : rank;
    out[r] = 0.5 * (rank + ratio);
  }
  return out;
}

}  // namespace

Covariance::Covariance(const Space& space) {
  for (std::size_t t = 0; t < space.tunables().size(); ++t) {
    const std::size_t values = space.tunables()[t].values.size();
    if (values < 2) continue;
    Dimension d;
    d.tunable = t;
    d.class_of.resize(values);
    d.classes = std::min(values, most_classes);
    if (const auto* order = space.order(t)) {
      const auto places = places_of(space.tunables()[t], *order);
      d.places.resize(d.classes);
      for (std::size_t r = 0; r < values; ++r) {
        const std::size_t c = r * d.classes / values;
        d.class_of[(*order)[r]] = std::uint16_t(c);
        d.places[c] = places[r];
      }
    } else {
      for (std::size_t v = 0; v < values; ++v) d.class_of[v] = std::uint16_t(v % d.classes);
    }
    dimensions_.push_back(std::move(d));
  }
  for (std::size_t d = 0; d < dimensions_.size(); ++d) set(d, {});
}

std::vector<std::uint16_t> Covariance::classes(const Point& p) const {
  std::vector<std::uint16_t> out(dimensions_.size());
  for (std::size_t d = 0; d < out.size(); ++d) out[d] = dimensions_[d].class_of[p[dimensions_[d].tunable]];
  return out;
}

void Covariance::set(std::size_t at, TunableShape shape) {
  Dimension& d = dimensions_[at];
  d.shape = shape;
  d.table.resize(d.classes * d.classes);
  for (std::size_t i = 0; i < d.classes; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double alike = i == j ? 1 : 0;
      if (!d.places.empty()) {
        const double u = std::sqrt(5.0) * std::abs(d.places[i] - d.places[j]) / shape.reach;
        alike = (1 + u + u * u / 3) * std::exp(-u);
      }
      const float factor = float(1 - shape.relevance + shape.relevance * alike);
      d.table[i * d.classes + j] = d.table[j * d.classes + i] = factor;
    }
  }
}

}  // namespace ridge::optimise
