// A plan resolved for one workload: storages with sizes, and a flat list of steps in which every loop is unrolled,
// every condition decided, every rotation applied and every argument a storage or an immediate value. What a lane runs.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/hash.h"
#include "kernel/plan.h"
#include "kernel/types.h"
#include "kernel/verdict.h"

namespace ridge {

struct Storage {
  std::string name;  // buffer or scratch that it starts as
  ScalarType type = ScalarType::f32;
  std::uint64_t count = 0;  // elements
  std::uint64_t bytes = 0;
  int buffer = -1;  // index into Interface::buffers, -1 for scratch
  bool keep = false;
  std::vector<std::uint64_t> shape;  // buffers only
};

struct ResolvedArgument {
  enum class Kind : std::uint8_t { storage, value, local };
  Kind kind = Kind::value;
  ScalarType type = ScalarType::i32;  // element type of a storage, type of a value
  std::uint32_t storage = 0;
  std::uint64_t offset = 0;  // bytes into the storage
  std::uint64_t bits = 0;    // value: as memory holds it; local: bytes
};

struct ResolvedStep {
  enum class Kind : std::uint8_t { launch, fill, copy };
  Kind kind = Kind::launch;
  // launch
  std::uint32_t kernel = 0;  // index into ResolvedPlan::kernels
  std::vector<ResolvedArgument> arguments;
  std::uint64_t grid[3] = {1, 1, 1}, block[3] = {1, 1, 1}, cluster[3] = {1, 1, 1};
  bool ragged = false;  // grid counts threads
  std::uint64_t shared = 0;
  std::uint32_t workers = 0;  // 0: not said
  bool cooperative = false;
  std::uint32_t options = 0;  // index into ResolvedPlan::options
  // fill and copy: element size, byte ranges
  std::uint32_t to = 0, from = 0;
  std::uint64_t to_offset = 0, from_offset = 0, bytes = 0;
  std::uint64_t pattern = 0;
  std::uint32_t pattern_bytes = 0;
};

// One kernel as all launches of a plan agree to call it; glue and drivers check the source against it.
struct KernelSignature {
  struct Parameter {
    bool pointer = false;
    bool read_only =
        false;           // an `in` buffer, or kept scratch in the timed part: the kernel must take a pointer to const
    bool local = false;  // work-group memory: a pointer whose element type only the kernel knows
    ScalarType type = ScalarType::i32;
    friend bool operator==(const Parameter&, const Parameter&) = default;
  };
  std::string kernel;
  std::vector<Parameter> parameters;
  friend bool operator==(const KernelSignature&, const KernelSignature&) = default;
};

struct ResolvedPlan {
  std::vector<Storage> storages;  // the task's buffers first, in their order, then scratch
  std::vector<KernelSignature> kernels;
  std::vector<ResolvedStep> setup, steps;
  std::vector<std::map<std::string, std::string>> options;  // distinct option tables of launches; the first is empty
  std::vector<std::uint32_t> final_storage;                 // per task buffer: where its content stands at the end
  std::uint32_t workers = 0;                                // largest team any launch asks for; 0 when none says
  std::uint64_t bytes = 0;                                  // of all storages
  Digest digest{};                                          // equal plans for equal workloads are equal here
};

// The candidate's fault (verdict rejected, reason plan or too_large) is an Error of kind invalid whose message names
// file, line, field.
Result<ResolvedPlan> resolve(const Plan& plan, const Interface& interface, const Binding& workload,
                             const Parameters& parameters, const Scope& device, const PlanLimits& limits,
                             const std::string& file);

// Signatures alone (for compiling before any workload is chosen); launches that disagree on a kernel are an error.
Result<std::vector<KernelSignature>> signatures(const Plan& plan, const Interface& interface, const std::string& file);

}  // namespace ridge
