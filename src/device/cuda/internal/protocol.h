// What the parent and a lane worker share: one memory file with a control block, the plan's program and room for bytes
// on their way to and from the device.
//
//   control (one page) │ program (sparse) │ staging
//
// The worker is our code: candidates run on the device and reach nothing here. (Staging is mapped into the device's
// address space while copies run; it never holds answers.) The parent writes a command and increments `bell`; the
// worker answers with `answer` = sequence number × 4 + phase:
//
//   parent   bell = n, wake ─────────────────────────► stamp t0, go = n ──────────────────────► stamp t1
//   worker          setup, flush, clock probe, queue the calls behind a gate, answer = 4n+armed     open the gate,
//                   wait for the device, answer = 4n+done, clock probe, answer = 4n+idle
//
// Queueing behind a gate keeps the host's launch time out of the stamps wherever the calls of a burst fit into the
// device's queue.
//
// A set: for every storage  canary, buffer, canary ; buffers are aligned to 256 bytes.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "device/cuda/internal/driver.h"
#include "kernel/resolve.h"

namespace ridge::cuda {

inline constexpr std::uint64_t page = 4096;
inline constexpr std::uint64_t program_bytes = 64ull << 20;  // sparse: only what is written exists
inline constexpr std::uint64_t staging_bytes = 32ull << 20;
inline constexpr std::uint64_t shared_bytes = page + program_bytes + staging_bytes;
inline constexpr int shared_fd = 3;

enum class Command : std::uint32_t {
  none,
  support,    // staging holds our own kernels (support.cu), `bytes` long
  load,       // staging holds the next `bytes` of a candidate's image of `total` bytes; the last piece loads it
  trust,      // what comes next is a task's own baseline and may call libraries
  unload,     // the candidate's module and all its programs are gone
  arena,      // at least `total` bytes for buffer sets
  program,    // `total` words of a plan become number `index`
  choose,     // program `index` is the one that runs
  to_device,  // `bytes` from staging to device offset `total`
  poison,     // `bytes` at device offset `total` with random values of type `index` from seed `canary_key`
  to_host,    // and back
  canaries,   // of `count` sets from `first`
  inspect,    // of set `first`: damaged places into staging, two words for each zone
  run,        // sets [first, first + count)
  count,      // the device's counters over one call on set `first`, metrics by the bits of `total`: JSON into staging
};
enum class Phase : std::uint32_t { armed, done, idle, refused };

// How the calls of a burst were held back until the parent's go.
enum class Gate : std::uint32_t {
  none,    // too many to queue: launched after go, the host's launch time stands in the stamp
  opened,  // by us, at go
  leaked,  // it gave up waiting, because queueing took too long: only the device's own time is of use
};

struct Control {
  std::atomic<std::uint32_t> bell;
  std::atomic<std::uint32_t> answer;
  std::atomic<std::uint32_t> go;
  Command command;
  std::uint32_t first, count, index;
  std::uint32_t cold;
  std::uint64_t bytes, total;
  std::uint64_t canary_key;
  // answers
  std::int32_t status;  // of the driver, where something was refused
  Gate gate;
  double event_seconds;  // of the whole burst, by the device's events
  double probe_before, probe_after;
  char message[512];
};
static_assert(sizeof(Control) <= page);

inline std::uint32_t phase_word(std::uint32_t n, Phase p) {
  return n * 4 + std::uint32_t(p);
}

// Inside a spinning loop.
inline void pause_briefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Where the storages of a set stand, in bytes from the set's beginning.
struct Layout {
  struct Region {
    std::uint64_t begin = 0;   // of the canary before it
    std::uint64_t buffer = 0;  // of the buffer
    std::uint64_t bytes = 0;   // of the buffer
    std::uint64_t end = 0;     // of the canary behind it
  };
  std::vector<Region> regions;
  std::uint64_t stride = 0;  // bytes from one set to the next
};
Layout layout_of(const ResolvedPlan& plan);

// A plan as a worker runs it.
struct Program {
  struct Argument {
    bool storage = false;
    std::uint64_t value = 0;  // storage: byte offset from the set's beginning; else the value's bits
  };
  struct Step {
    ResolvedStep::Kind kind = ResolvedStep::Kind::launch;
    std::uint32_t kernel = 0;
    std::uint32_t first_argument = 0, arguments = 0;
    unsigned grid[3] = {1, 1, 1}, block[3] = {1, 1, 1}, cluster[3] = {1, 1, 1};
    std::uint32_t shared = 0;
    bool cooperative = false;
    std::uint64_t to = 0, from = 0, bytes = 0, pattern = 0;  // fill and copy: offsets from the set's beginning
    std::uint32_t pattern_bytes = 0;
    bool clustered() const { return cluster[0] * cluster[1] * cluster[2] > 1; }
    bool overlaps() const {
      return kind == ResolvedStep::Kind::copy && to < from + bytes && from < to + bytes && to != from;
    }
  };
  Layout layout;
  std::vector<std::string> kernels;
  std::vector<Step> setup, steps;
  std::vector<Argument> arguments;
};
// The candidate's fault where the plan says what no CUDA device does.
struct PlanFault {
  std::string text;
};
Program program_of(const ResolvedPlan& plan, PlanFault* fault);
std::vector<std::uint64_t> encode(const Program& program);
// False if the words are not a program.
bool decode(const std::uint64_t* words, std::uint64_t count, Program& program);

}  // namespace ridge::cuda
