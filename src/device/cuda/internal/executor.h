// Running programs on the device from inside a lane worker: modules, graphs, buffer sets. Every function says what the
// driver answered; the first answer that is not success stops it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "device/cuda/internal/counters.h"
#include "device/cuda/internal/driver.h"
#include "device/cuda/internal/library.h"
#include "device/cuda/internal/protocol.h"

namespace ridge::cuda {

inline constexpr Status counting_failed = -1;  // CUPTI's word, not the driver's

// What went wrong, by the driver's number; empty `what`: nothing.
struct Trouble {
  Status status = success;
  std::string what;
  explicit operator bool() const { return status != success || !what.empty(); }
};

class Executor {
 public:
  Executor(const Driver& driver, int device) : d_(driver), device_(device) {}

  Trouble start();                     // context, stream, events
  Trouble support(const void* image);  // our own kernels
  Trouble load(const void* image);     // a candidate's
  void trust() { trusted_ = true; }    // the next programs may call libraries
  void unload();                       // and its programs
  Trouble arena(std::uint64_t bytes);  // at least
  Trouble program(std::uint32_t index, Program p);
  Trouble choose(std::uint32_t index);
  Trouble canaries(std::uint32_t first, std::uint32_t count, std::uint64_t key);
  // Two words for each zone into `found`, which has room for them.
  Trouble inspect(std::uint32_t set, std::uint64_t key, std::uint64_t* found);
  Trouble copy_in(std::uint64_t to, const void* from, std::uint64_t bytes);
  Trouble poison(std::uint64_t to, std::uint64_t bytes, std::uint32_t type, std::uint64_t seed);
  Trouble copy_out(void* to, std::uint64_t from, std::uint64_t bytes);

  // A burst in three parts, so that the parent's stamp can begin between the first two.
  Trouble arm(std::uint32_t first, std::uint32_t count, bool cold);
  Trouble fire(std::uint32_t first, std::uint32_t count);  // returns when the device is idle
  Gate gate() const { return gate_; }
  Trouble event_seconds(double& seconds);
  double probe();  // seconds of a fixed number of cycles; 0 where it cannot be told

  // A plan once, as program `index`, each storage in an allocation of its own that holds `contents` where `written`
  // says so; without a gate. For sanitizers.
  Trouble run_apart(std::uint32_t index, Program p, const std::vector<std::string>& contents,
                    const std::vector<bool>& written);

  // Counts the chosen program's call on a set (counters.h); `metrics` as RangeProfiler::choose takes them. Every pass
  // finds the set as it is now, and cold caches without anything to write back.
  struct Range {
    std::string kernel;          // empty: the whole call
    std::uint64_t launches = 1;  // of the kernel in a call; one of them was counted
    std::map<std::string, double> values;
  };
  // `note`: why kernels are missing among the ranges; empty: none is.
  Trouble count(std::uint32_t set, const std::vector<std::string>& metrics, std::vector<Range>& ranges, int& passes,
                std::string& note);

  bool broken() const { return broken_; }  // the context is lost: only ending the process helps

 private:
  struct Loaded {
    Program program;
    std::vector<Handle> functions;
    std::vector<LibraryCall> calls;            // in place of the function, where there is one
    std::vector<Handle> graphs, setup_graphs;  // executable ones by set, made when first needed
  };
  Trouble tell(Status status, const char* what);
  Trouble launch(Handle function, unsigned blocks_x, unsigned blocks_y, unsigned threads, void** arguments);
  Trouble launch_step(const Loaded& l, const Program::Step& s, std::uint32_t set);
  Trouble graph_of(Loaded& l, const std::vector<Program::Step>& steps, std::uint32_t set, std::vector<Handle>& graphs,
                   Handle& graph);
  Trouble add_node(const Loaded& l, const Program::Step& s, std::uint32_t set, Handle graph, Handle& last);
  Trouble add_copy(Handle graph, Handle& last, DevicePtr to, DevicePtr from, std::uint64_t bytes);
  Trouble run_setup(std::uint32_t set);
  Trouble issue(std::uint32_t first, std::uint32_t count);
  Trouble reserve(DevicePtr& memory, std::uint64_t& have, std::uint64_t bytes, const char* what);
  // Steps that are counted as one range, or that lie between those.
  struct Stretch {
    std::size_t first = 0, count = 0;
    std::string counted;  // name of the range; empty: between
    std::vector<Handle> graphs;
  };
  Trouble issue_stretch(Loaded& l, Stretch& s, std::uint32_t set);
  static std::vector<Stretch> parts_around(const Loaded& l, const std::vector<std::size_t>& samples);
  Trouble prepare_pass(Loaded& l, std::uint32_t set);
  void occupancy_limit(const Loaded& l, const Program::Step& s, std::map<std::string, double>& values);
  Trouble time_stretch(Loaded& l, std::vector<Stretch>& all, std::size_t which, std::uint32_t set, double& seconds);
  Result<std::vector<std::map<std::string, double>>> count_stretches(Loaded& l, std::vector<Stretch>& all,
                                                                     std::uint32_t set);
  Trouble zones(const Loaded& l);
  void drop(Loaded& l);
  DevicePtr set_at(const Loaded& l, std::uint32_t set) const { return arena_ + set * l.program.layout.stride; }
  // One kernel needs no graph, and a library cannot be put into one.
  static bool direct(const Loaded& l) {
    const auto& steps = l.program.steps;
    return steps.size() == 1 && steps[0].kind == ResolvedStep::Kind::launch;
  }
  static std::uint64_t nodes(const std::vector<Program::Step>& steps) { return steps.size(); }

  const Driver& d_;
  int device_;
  Handle context_ = nullptr, stream_ = nullptr, begin_ = nullptr, end_ = nullptr;
  Handle support_ = nullptr, gate_kernel_ = nullptr, probe_kernel_ = nullptr, canary_kernel_ = nullptr,
         inspect_kernel_ = nullptr, fill_kernel_ = nullptr, flush_kernel_ = nullptr, poison_kernel_ = nullptr,
         read_kernel_ = nullptr;
  RangeProfiler profiler_;
  Handle module_ = nullptr;
  std::map<std::string, std::uint32_t> shared_;  // dynamic shared memory allowed so far, by kernel
  std::vector<std::unique_ptr<Loaded>> programs_;
  Loaded* chosen_ = nullptr;
  DevicePtr arena_ = 0, overlap_ = 0, flush_ = 0, zones_ = 0, found_ = 0, pristine_ = 0;
  std::uint64_t arena_bytes_ = 0, overlap_bytes_ = 0, flush_bytes_ = 0, zones_bytes_ = 0, found_bytes_ = 0,
                pristine_bytes_ = 0;
  unsigned* flag_ = nullptr;  // of the gate, in host memory that the device sees
  DevicePtr flag_on_device_ = 0;
  long long* probe_out_ = nullptr;
  DevicePtr probe_on_device_ = 0;
  std::uint64_t l2_bytes_ = 0;
  Gate gate_ = Gate::none;
  bool gated_ = true, trusted_ = false;
  bool broken_ = false;
};

}  // namespace ridge::cuda
