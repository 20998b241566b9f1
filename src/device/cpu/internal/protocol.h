// What the parent and a lane worker share: one memory file with a control block, the plan's program and the arena of
// buffer sets.
//
//   control (one page) │ program (sparse) │ arena: set 0, set 1, …
//
// The first command is always load_image. A worker may be started before anything is known of its candidate: it makes
// itself ready (namespaces, OpenMP team, filter of system calls) and waits for it.
//
// Doorbell. The parent writes a command and increments `bell`; the worker answers with `answer` = sequence number × 4 +
// phase:
//
//   parent   bell = n, wake ───────────────► stamp t0, go = n ─────────────────► stamp t1, stop … continue
//   worker          probe, answer = 4n+armed            run, answer = 4n+done                            answer =
//   4n+idle
//
// After "done" the worker is stopped until the parent's next command, so outputs are compared as they stood at the
// stamp. The worker spins between `armed` and `go`, so no wake-up stands inside the stamps. Everything here can be
// forged by a candidate; so nothing here decides anything but "the outputs are there", and the parent freezes the
// process and compares them from its own copy.
//
// A set: for every storage  guard page │ canary, buffer, canary (whole pages) , and one guard page at the end of the
// set. The buffer begins 64-byte aligned at an offset inside its first page that depends on the storage's index alone,
// so that equal plans have equal addresses modulo 4 KiB and the buffers of one plan do not all collide on the same page
// offset.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernel/resolve.h"

namespace ridge::cpu {

inline constexpr std::uint64_t page = 4096;
inline constexpr std::uint64_t program_bytes = 256ull << 20;  // sparse: only what is written exists
inline constexpr int shared_fd = 3, image_fd = 4;

enum class Command : std::uint32_t { none, load_image, load_plan, run, sweep };
enum class Phase : std::uint32_t { armed, done, idle, refused };

inline constexpr std::uint32_t first_bell = 1;  // of load_image

struct Control {
  std::atomic<std::uint32_t> bell;
  std::atomic<std::uint32_t> answer;
  std::atomic<std::uint32_t> go;
  Command command;
  std::uint32_t first, count;
  std::uint64_t sweep_bytes;
  std::uint64_t program_words;
  double probe_reference;  // wait for a clock like this before a run; 0 = do not wait
  double probe_patience;   // seconds to wait at most
  double probe_before;
  double waited;                // seconds of the last wait
  volatile int forbidden_call;  // number of the system call that trapped, -1 = none
  char message[512];            // why loading failed
  double samples[256];          // seconds of each call of the last run, the worker's own
};
static_assert(sizeof(Control) <= page);

// What the process that lanes are forked from is asked for, with the descriptors of shared memory, image and output;
// its answer is the process id, or -errno.
struct LaneRequest {
  int workers = 1;
  std::uint64_t shared_bytes = 0, address_space = 0;
};
inline constexpr int request_fd = 3;

inline std::uint32_t phase_word(std::uint32_t n, Phase p) {
  return n * 4 + std::uint32_t(p);
}

// Inside a spinning loop: lets the other hardware thread and the memory system breathe.
inline void pause_briefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Where the storages of a set stand, in bytes from the set's beginning.
struct Layout {
  struct Region {
    std::uint64_t begin = 0;   // first byte of the region's pages
    std::uint64_t buffer = 0;  // first byte of the buffer
    std::uint64_t bytes = 0;   // of the buffer
    std::uint64_t end = 0;     // end of the region's pages = begin of the next guard
  };
  std::vector<Region> regions;
  std::uint64_t stride = 0;  // bytes from one set to the next
};
Layout layout_of(const ResolvedPlan& plan);

// The plan as 64-bit words for the worker, and back. The plan's kernel 0 is number `first_kernel` of the image's table.
std::vector<std::uint64_t> encode_program(const ResolvedPlan& plan, const Layout& layout, std::uint32_t sets,
                                          std::uint32_t first_kernel = 0);

struct Program {
  struct Argument {
    bool storage = false;
    std::uint64_t value = 0;  // storage: byte offset from the set's beginning; else the value's bits
  };
  struct Step {
    ResolvedStep::Kind kind = ResolvedStep::Kind::launch;
    std::uint32_t kernel = 0, workers = 0;
    std::uint32_t first_argument = 0, arguments = 0;
    std::uint64_t to = 0, from = 0, bytes = 0, pattern = 0;  // fill and copy: offsets from the set's beginning
    std::uint32_t pattern_bytes = 0;
  };
  std::uint32_t sets = 0;
  std::uint64_t stride = 0;
  std::vector<std::uint64_t> guards;  // page offsets from the set's beginning
  std::vector<Step> setup, steps;
  std::vector<Argument> arguments;
};
inline constexpr std::uint32_t most_arguments = 64;  // of a launch (PlanLimits)
// False if the words are not a program (only a damaged memory could make them so).
bool decode_program(const std::uint64_t* words, std::uint64_t count, Program& program);

}  // namespace ridge::cpu
