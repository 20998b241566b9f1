// A task as a value: what catalog reads from a folder and everything later uses. Immutable once read.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "kernel/plan.h"
#include "kernel/types.h"

namespace ridge {

enum class WorkloadRole : std::uint8_t { scored, published_held_out, device_filling, hidden };
std::string_view name(WorkloadRole r);  // "scored", "published-held-out", "device-filling", "hidden"
enum class OracleMode : std::uint8_t { full, pool, trusted_kernel, algebraic };
std::string_view name(OracleMode m);

struct Workload {
  std::string name;
  Binding binding;
  WorkloadRole role = WorkloadRole::scored;
  OracleMode oracle = OracleMode::full;
  double weight = 1;
  friend bool operator==(const Workload&, const Workload&) = default;
};

// One symbol's rule in the held-out family.
struct Choice {
  enum class Kind : std::uint8_t { fixed, integer, real, one_of };
  Kind kind = Kind::fixed;
  Number from, to;             // integer, real: both ends may be drawn
  std::vector<Number> values;  // one_of; fixed: one value
  friend bool operator==(const Choice&, const Choice&) = default;
};
struct HeldOutFamily {
  int count = 4;                          // workloads drawn for one gate attempt
  std::map<std::string, Choice> choices;  // every symbol has one
  std::optional<Expression> limit;        // must hold for a drawn workload
  friend bool operator==(const HeldOutFamily&, const HeldOutFamily&) = default;
};

struct Cost {  // of one call
  Expression bytes, flops;
  ScalarType precision = ScalarType::f32;
  friend bool operator==(const Cost&, const Cost&) = default;
};

enum class Metric : std::uint8_t { max_abs, max_rel, ulp, exact, cosine, custom };
std::string_view name(Metric m);
std::optional<Metric> metric_of(std::string_view name);
struct Tolerance {
  Metric metric = Metric::max_abs;
  Expression bound;  // over the workload's symbols and max_abs_reference
  friend bool operator==(const Tolerance&, const Tolerance&) = default;
};
// A relation between a kernel's own outputs, without the oracle: what holds of the mathematics must hold of every
// implementation, within the tolerance of each output that it compares.
struct Relation {
  enum class Kind : std::uint8_t {
    linear,   // f(a p + b q) = a f(p) + b f(q) in the named inputs together, the others fixed
    shift,    // moving the named inputs round along an axis moves the named outputs round
    permute,  // reordering the named inputs along an axis reorders the named outputs
  };
  Kind kind = Kind::linear;
  std::vector<std::string> inputs, outputs;
  std::size_t axis = 0;  // of shift and permute, in the buffers' shapes; 0 is the slowest
  friend bool operator==(const Relation&, const Relation&) = default;
};
std::string_view name(Relation::Kind k);
std::optional<Relation::Kind> relation_of(std::string_view name);
struct CheckSpec {
  Tolerance standard;
  std::map<std::string, Tolerance, std::less<>> outputs;  // overrides for one output
  std::vector<std::string> sensitive_to, properties;
  std::string next_lower;  // file name of the mutant that stores or computes in the next lower precision; may be empty
  const Tolerance& of(std::string_view output) const;
  std::vector<Relation> relations;
  friend bool operator==(const CheckSpec&, const CheckSpec&) = default;
};

struct BuildRules {
  std::vector<std::string> default_flags, allowed_flags;
  friend bool operator==(const BuildRules&, const BuildRules&) = default;
};

struct Baseline {
  std::string name;    // "openblas"
  std::string source;  // text of the file
  std::string file;
  std::vector<std::string> libraries;
  friend bool operator==(const Baseline&, const Baseline&) = default;
};

// A source of the task folder: seed, template or mutant.
struct TaskSource {
  std::string file;  // path as messages name it
  std::string text;
  Dialect dialect = Dialect::cpp;
  friend bool operator==(const TaskSource&, const TaskSource&) = default;
};

struct Task {
  std::string id;      // "metal-sci/nbody", or the folder's name
  std::string folder;  // absolute
  std::string title, source;
  std::vector<Dialect> dialects;
  Interface interface;
  std::vector<Workload> workloads;
  HeldOutFamily held_out;
  Cost work, floor;
  CheckSpec check;
  std::map<Dialect, BuildRules> build;
  std::vector<Baseline> baselines;
  std::map<Dialect, TaskSource> seeds, templates;
  std::vector<TaskSource> mutants;
  std::string brief;                             // README.md
  std::string reference;                         // text of reference.cpp
  std::vector<std::string> reference_libraries;  // linked to it: "fftw3" as after -l
  Digest digest{};                               // of everything above but `folder`

  std::vector<const Workload*> scored() const;
  const Workload* workload(std::string_view name) const;
};

}  // namespace ridge
