// What a device is to the evaluator: something that compiles a dialect and runs resolved plans over sets of buffers, in
// a place of its own. It never sees a task, an oracle or a score. One folder per backend;
// tests/contract/device_test.cpp visits them all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kernel/resolve.h"
#include "kernel/verdict.h"

namespace ridge {

// The inner layer of a device's answer: either what was asked for or the candidate's fault. The outer Result is the
// world's.
template <class T>
using Judged = std::expected<T, Fault>;

struct Capabilities {
  DeviceId id;
  std::string description;  // "2 × AVX-512, g++ 12.2"
  PlanLimits plan;
  std::vector<std::string> features;   // "avx2", "avx512f"
  std::vector<std::string> compilers;  // first = default
  std::map<std::string, std::string> compiler_versions;
  std::vector<std::string> isolation;  // layers in force: "user namespace", "seccomp", …
  std::vector<std::string> missing;    // what could be better and how to get it
  Binding facts;                       // dev.cores, dev.sms, dev.warp, dev.shared_max, dev.l2
  std::uint64_t last_cache_bytes = 0;
  std::uint64_t alignment = 64;
  int cores = 1;
  std::map<std::string, std::string> state;  // of the device when it was opened: clocks, power …
  bool simulated = false;                    // times come from a model
  bool shares_host = true;                   // compiling and measuring must alternate
  bool counters = false;                     // Lane::count works, as far as one can tell before trying
};

// Measured peaks of a device on one machine.
struct Ceilings {
  struct Bandwidth {
    std::string level;  // "L1", "L2", "L3", "DRAM"
    double working_set_bytes = 0, bytes_per_s = 0;
  };
  std::vector<Bandwidth> bandwidth;            // ascending working set
  double flops_f32 = 0, flops_f64 = 0;         // per second, all cores
  std::map<std::string, double> flops_matrix;  // of matrix units by the type of the factors: "bf16" …
  double call_latency_s = 0;                   // an empty burst of one call, as the parent sees it
  double graph_node_s = 0;                     // one launch among many of a plan
  std::string machine, date;                   // machine identity, ISO date
};

struct CompileJob {
  std::string file;  // name for messages: "seed.cpp"
  std::string source;
  std::vector<std::pair<std::string, std::string>> macros;
  std::vector<std::string> flags;
  std::string compiler;                  // empty: default
  std::vector<KernelSignature> kernels;  // the order is the order of ResolvedPlan::kernels
  std::vector<std::string> libraries;    // baselines only
  bool fresh = false;                    // never from a cache: confirmations build again
  bool alone = false;                    // never in one unit with others: finalists are what a user would build
};
struct Binary {
  std::shared_ptr<const std::vector<std::byte>> image;  // may hold other candidates too: first_kernel finds this one's
  Digest digest{};  // of this candidate's machine code and data, wherever in an image they stand
  std::uint32_t first_kernel = 0;
  int unit = 1;                // candidates that were compiled in one unit with it
  double compile_seconds = 0;  // its share of the unit's
  bool cached = false;
  bool trusted = false;  // a baseline: may link libraries
  std::map<std::string, std::string> facts;
};

// Runs of a candidate's plans under sanitizers, on small buffers. Never timed.
struct SanitizerJob {
  struct Run {
    ResolvedPlan plan;
    std::vector<std::vector<std::byte>> storages;  // what each of the plan's storages holds at the beginning
  };
  CompileJob compile;
  std::vector<Run> runs;
  int workers = 1;                          // team of a launch that names none
  double time_limit_s = 30;                 // of one run
  std::uint64_t memory_limit = 4ull << 30;  // in use at a time, beyond what the storages and the tool's shadow need
};
struct SanitizerFinding {
  enum class Outcome : std::uint8_t { clean, found, not_possible };
  std::string tool;  // "thread sanitizer"
  Outcome outcome = Outcome::clean;
  Reason reason = Reason::none;  // of a fault that was found
  std::string text;              // the report in one line, or why it was not possible
  double build_seconds = 0, run_seconds = 0;
};

// What the device's own counters say about a call, or about one launch of it. Values are named as measure/bottleneck.h
// lists them, and also
//   seconds                           of the device
//   dram_read_bytes dram_write_bytes
//   l1_hit_percent l2_hit_percent     of sectors that were looked up
//   occupancy_limit_percent           what registers, shared memory and the block's shape allow, of a launch
// What a device does not count is missing.
struct CounterRange {
  std::string kernel;          // empty: the whole call
  std::uint64_t launches = 1;  // of this kernel in a call; `values` are those of one of them
  std::map<std::string, double> values;
};
struct Counted {
  std::vector<CounterRange> ranges;  // the whole call first
  int passes = 0;                    // so often the call was made
  std::string note;                  // why a kernel is missing; empty: none is
};

struct LaneSpec {
  const Binary* binary = nullptr;
  int workers = 1;                          // team size made ready before the candidate is loaded
  std::uint64_t memory_limit = 2ull << 30;  // beyond the buffer sets
  std::uint64_t arena_bytes = 0;            // room for all buffer sets ever allotted in this lane
  std::uint32_t shift = 0;                  // address shift of the arena, in pages
  bool fresh = false;     // a process that has had no other candidate, on devices that would use one again
  bool counters = false;  // for count() and nothing that is timed: a process of another kind
};

// One batch of calls as the parent saw it.
struct Burst {
  double seconds = 0;                        // from inputs visible to outputs returned: decides
  std::vector<double> samples;               // the worker's own, per call: describe only
  double waited = 0;                         // seconds until the clock was calm, before the stamps
  double probe_before = 0, probe_after = 0;  // seconds of a fixed dependent computation on the worker's core; 0 = none
};

// One candidate in one process or context. All calls of a lane are made by one thread of the parent.
class Lane {
 public:
  virtual ~Lane() = default;
  // Lays out `sets` copies of the plan's storages with canaries around each. Earlier sets of this lane are gone.
  virtual Result<Judged<void>> allot(const ResolvedPlan& plan, std::uint32_t sets) = 0;
  virtual Result<void> write(std::uint32_t set, std::uint32_t storage, std::span<const std::byte> bytes) = 0;
  virtual Result<void> read(std::uint32_t set, std::uint32_t storage, std::span<std::byte> bytes) = 0;
  // Fills a storage with the values of evaluate/internal/poison.h without moving them through the host. False: cannot,
  // write() them.
  virtual Result<bool> poison(std::uint32_t set, std::uint32_t storage, ScalarType type, std::uint64_t seed) {
    (void)set, (void)storage, (void)type, (void)seed;
    return false;
  }
  // Runs the plan once on each of sets [first, first + count).
  virtual Result<Judged<Burst>> run(std::uint32_t first, std::uint32_t count, double time_limit_s,
                                    bool cold = false) = 0;
  // Bursts after this wait, for `patience_s` at most, until the core's clock probe is within 5 % of `probe_seconds` (0
  // = do not wait): on a shared machine a core runs at half its speed for milliseconds at a time. The wait is not in
  // the stamp.
  virtual void steady(double probe_seconds, double patience_s) { (void)probe_seconds, (void)patience_s; }
  // Counts one call on a set, as often as its counters need passes, with the set's contents brought back before each;
  // `metrics`: those that are wanted, empty: all. For lanes that were opened with `counters`; others cannot.
  virtual Result<Judged<Counted>> count(std::uint32_t set, const std::vector<std::string>& metrics,
                                        double time_limit_s) {
    (void)set, (void)metrics, (void)time_limit_s;
    return world("this device has no counters");
  }
  // Canaries of a set: which storage was overrun, on which side, how far.
  virtual Result<Judged<void>> inspect(std::uint32_t set) = 0;
  // Does anything of the candidate still use the processor while no call is running?
  virtual Result<Judged<void>> idle_check() = 0;
  // What the candidate printed, cut at 64 KiB; `cut` says whether there was more.
  virtual std::string output(bool& cut) = 0;
};

class Device {
 public:
  virtual ~Device() = default;
  virtual const Capabilities& capabilities() const = 0;
  virtual Result<Ceilings> ceilings(bool measure_again) = 0;  // stored per machine
  // Thread-safe: several compile jobs run side by side.
  virtual Result<Judged<Binary>> compile(const CompileJob& job) = 0;
  // Many jobs, `parallel` at a time; answers in their order. A device may compile jobs that differ in nothing but
  // macros as one unit. What a job is told does not depend on the others, but its machine code may (inlining budgets,
  // register allocation): whoever decides something builds alone, by compile(). This one loops.
  virtual std::vector<Result<Judged<Binary>>> compile_many(std::span<const CompileJob> jobs, int parallel);
  virtual Result<Judged<std::unique_ptr<Lane>>> open(const LaneSpec& spec) = 0;
  // Every sanitizer that this device has, over all runs: one finding each. None by default.
  virtual Result<std::vector<SanitizerFinding>> sanitize(const SanitizerJob&) {
    return std::vector<SanitizerFinding>();
  }
  // `count` lanes like this will be opened next: a good moment to begin what does not depend on the candidate (`binary`
  // is not looked at). Called only while nothing is measured. A hint: open() works the same without it.
  virtual void expect(const LaneSpec& spec, int count) { (void)spec, (void)count; }
  virtual const Clock& clock() const = 0;  // simulated devices bring their own
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string_view name() const = 0;  // "cpu"
  virtual Dialect dialect() const = 0;
  virtual std::vector<DeviceId> devices() const = 0;
  virtual std::string missing() const = 0;  // why there are none, or what would make it better; empty = nothing
  virtual Result<std::unique_ptr<Device>> open(const DeviceId& id) = 0;
};

}  // namespace ridge
