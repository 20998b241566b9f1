// Recorded landscapes: what every configuration of a real kernel cost on a real device, so that searches can be
// compared without one. Read from the formats of the auto-tuning community (docs/formats/landscapes.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kernel/space.h"
#include "optimise/optimiser.h"

namespace ridge {

struct Configuration {
  Point point;
  PointCost seconds;         // of one call, the file's own objective; none: it failed
  std::vector<double> runs;  // raw seconds of single calls; may be empty
  double compile_seconds = 0;
  std::string failure;  // "compile", "runtime", "timeout", "correctness" or the file's own word; empty: it ran
};

struct Landscape {
  std::string name;                           // "convolution_A100"
  std::string kernel, device;                 // as far as the files say
  Space space;                                // exactly the recorded configurations that satisfy the space's conditions
  std::vector<Configuration> configurations;  // in the order of space.listed()
  double best_seconds = 0;
  std::size_t failed = 0;
  std::vector<std::string> notes;  // what was left out and why

  const Configuration* find(const Point& point) const;  // null: not recorded
};

// A kernel_tuner cache file. Its space is what it recorded. `name` stands in front of messages.
Result<Landscape> read_kernel_tuner(std::string_view json, const std::string& name);
// Results in the T4 schema over a space in the T1 schema. Recorded configurations that violate the space's conditions
// are left out; conditions that cannot be read are, and a note says so.
Result<Landscape> read_t4(std::string_view t4, std::string_view t1, const std::string& name);

// Every landscape of a folder, by name: X.kernel_tuner.json and X.t4.json, each also with .gz; the space of X.t4.json
// is X.t1.json, or the one whose name is the longest beginning of X (convolution.t1.json for convolution_A100.t4.json).
// A sweep that is there in both formats is read once, from the cache file. No landscape at all is an error.
Result<std::vector<Landscape>> read_landscapes(const std::string& folder);

// A whole file, unpacked where it is packed by gzip. Errors: not there, broken, more than `limit` bytes unpacked.
Result<std::string> read_packed(const std::string& path, std::size_t limit = 64u << 20);

// A condition as Python writes it (and, or, not, chains of comparisons, `x in [1, 2]`), in our expressions.
Result<Expression> condition_from_python(std::string_view text);

// What the same kernel cost elsewhere, for points of `here`: by the names and values of tunables. Where the other has
// no such configuration there is no opinion.
Prior prior_from(const Landscape& other, const Space& here);

}  // namespace ridge
