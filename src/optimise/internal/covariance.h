// How alike two points of a space are: a product over tunables, so that it is a few looks into small tables.
//
// Of tunable d the factor is 1 - r + r·m(|x - y| / l): m is Matérn 5/2 over the places of the values (for values
// without order 1 where equal, else 0), l how far alikeness reaches, and r in [0, 1] how much the tunable matters.
// Multiplied out this is a sum over all subsets of tunables, the larger ones weighing less: main effects first,
// interactions as the data ask for them (an ANOVA kernel, Durrande et al. 2013).
#pragma once

#include <cstdint>
#include <vector>

#include "kernel/space.h"

namespace ridge::optimise {

struct TunableShape {
  double relevance = 0.7, reach = 0.5;  // r, l
};

class Covariance {
 public:
  explicit Covariance(const Space& space);

  std::size_t dimensions() const { return dimensions_.size(); }  // tunables with more than one value
  bool ordered(std::size_t d) const { return !dimensions_[d].places.empty(); }
  // A point as one class per dimension; values that lie close together in a long list share a class.
  std::vector<std::uint16_t> classes(const Point& p) const;
  // In [0, 1] per dimension, ordered ones only: half rank, half logarithm where the values span it.
  double place(std::size_t d, std::uint16_t c) const { return dimensions_[d].places[c]; }

  const TunableShape& shape(std::size_t d) const { return dimensions_[d].shape; }
  void set(std::size_t d, TunableShape shape);
  // Row of the table of dimension d: the factor of class `c` with every class.
  const float* row(std::size_t d, std::uint16_t c) const {
    return dimensions_[d].table.data() + std::size_t(c) * dimensions_[d].classes;
  }
  float between(const std::uint16_t* a, const std::uint16_t* b) const {
    float product = 1;
    for (std::size_t d = 0; d < dimensions_.size(); ++d) product *= row(d, a[d])[b[d]];
    return product;
  }

 private:
  struct Dimension {
    std::size_t tunable = 0;
    std::vector<std::uint16_t> class_of;  // of a value
    std::size_t classes = 0;
    std::vector<double> places;  // of a class; empty: no order
    TunableShape shape;
    std::vector<float> table;
  };
  std::vector<Dimension> dimensions_;
};

}  // namespace ridge::optimise
