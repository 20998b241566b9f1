// The launch plan: what the host does with a candidate's kernels (design §5). One value, two encodings: TOML in the
// first comment of a source that begins with `ridgeline`, and JSON. parse(print(plan)) == plan in both.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/expression.h"
#include "base/result.h"
#include "kernel/types.h"

namespace ridge {

struct Argument {
  enum class Kind : std::uint8_t {
    name,   // a buffer, a scratch or a symbol
    value,  // an expression with a type
    part,   // { buffer, offset }: a buffer from an element onwards
    local,  // { local = "bytes" }: work-group memory
  };
  Kind kind = Kind::name;
  std::string name;                                              // name, part
  Expression value;                                              // value; part: offset in elements; local: bytes
  std::optional<ScalarType> type;                                // value
  int line = 0;                                                  // in the file, 0 when it came from JSON
  friend bool operator==(const Argument& a, const Argument& b);  // lines do not count
};

struct Launch {
  std::string kernel;
  std::vector<Expression> grid, threads, block, cluster;  // x first; grid in blocks, or threads
  std::optional<Expression> shared;                       // bytes
  std::optional<Expression> workers;                      // CPU team size
  bool cooperative = false;
  std::map<std::string, std::string> options;  // checked by the device
  std::vector<Argument> arguments;
  friend bool operator==(const Launch&, const Launch&) = default;
};
struct Fill {
  std::string buffer;
  Expression value;
  std::optional<ScalarType> type;           // default: the buffer's
  std::optional<Expression> offset, count;  // elements; default: all
  friend bool operator==(const Fill&, const Fill&) = default;
};
struct Copy {
  std::string from, to;
  std::optional<Expression> from_offset, to_offset, count;  // elements
  friend bool operator==(const Copy&, const Copy&) = default;
};
struct Op;
struct Loop {
  Expression repeat;
  std::string index;  // may be empty
  std::vector<Op> ops;
  friend bool operator==(const Loop&, const Loop&);
};
struct Op {
  std::variant<Launch, Fill, Copy, Loop> action;
  std::optional<Expression> when;
  std::vector<std::vector<std::string>>
      rotate;  // after the op: each name takes the next one's storage, the last the first's
  int line = 0;
  friend bool operator==(const Op& a, const Op& b);
};
struct Stage {
  std::optional<Expression> repeat;
  std::string index;
  std::optional<Expression> when;
  std::vector<std::vector<std::string>> rotate;  // after each repetition
  std::vector<Op> ops;
  int line = 0;
  friend bool operator==(const Stage& a, const Stage& b);
};
struct Scratch {
  std::string name;
  ScalarType type = ScalarType::f32;
  Expression count;
  bool keep = false;
  int line = 0;
  friend bool operator==(const Scratch& a, const Scratch& b);
};
struct Tunable {
  std::string name;
  std::vector<ParameterValue> values;  // all of one kind; the first or `default_index` is the default
  std::size_t default_index = 0;
  int line = 0;
  friend bool operator==(const Tunable& a, const Tunable& b);
};

struct Plan {
  std::vector<Tunable> tunables;        // in the order of the file
  std::vector<Expression> constraints;  // over tunables and dev.*
  std::vector<std::string> flags;       // fixed build flags; empty with no choices = the task's default
  // [build] choices = [[…], […]] and compilers = ["g++", "clang++"] become tunables FLAGS and COMPILER (strings).
  std::vector<Scratch> scratch;
  std::vector<Stage> setup, stages;
  friend bool operator==(const Plan&, const Plan&) = default;
};

// Where the plan's comment stands in a source.
struct PlanText {
  std::string
      toml;  // the comment's content, with everything before it blanked in place so that line and column are the file's
  std::size_t begin = 0, end = 0;  // bytes of the whole comment in the source
};
// The first comment (/* … */ or a run of //) whose text begins with `ridgeline`; none is an error with the way out.
Result<PlanText> find_plan(const std::string& source, const std::string& file);

// `file` names the source in messages: "seed.cpp:4: stage 1, op 1: …". Bounded: 256 KiB, nesting 16, dotted keys 8.
Result<Plan> parse_plan(const std::string& toml, const std::string& file);
Result<Plan> plan_from_source(const std::string& source, const std::string& file);
std::string to_toml(const Plan& plan);
nlohmann::json to_json(const Plan& plan);
Result<Plan> plan_from_json(const nlohmann::json& json);
// The source with its plan comment replaced (or put first).
std::string with_plan(const std::string& source, const Plan& plan);

// What a device allows a plan to do.
struct PlanLimits {
  Dialect dialect = Dialect::cpp;
  bool grid = false;                     // launches have grid and block
  std::uint64_t max_ops = 200'000;       // after unrolling repeats
  std::uint64_t max_bytes = 4ull << 30;  // all storages of one set
  std::uint64_t max_block = 1024, max_shared = 0;
  int max_arguments = 64;
  int max_workers = 1;
  std::vector<std::string> options;  // keys a launch may use
};

// Everything that can be said without a workload: names exist, kinds fit, tunables do not shadow, limits. Messages name
// file, line and field, and the nearest known name.
Result<void> validate(const Plan& plan, const Interface& interface, const PlanLimits& limits, const std::string& file);

}  // namespace ridge
