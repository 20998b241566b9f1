// Confinement of strangers' code on Linux: namespaces, Landlock, seccomp and resource limits. Each layer is used where
// the system allows it; `probe_layers` tells which are in force and why others are not, and `ridgeline devices` prints
// it.
//
// Two programs are confined. A compiler (its input is a stranger's) sees the toolchain read-only and one folder of its
// own. A lane (a stranger's kernels) may compute, allocate and wait, and nothing else.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace ridge {

struct Layers {
  bool user_namespace = false;  // with mount, net, ipc, uts and pid namespaces inside it
  int landlock_abi = 0;         // 0 = not available
  bool seccomp = false;
  std::vector<std::string> present() const;
  std::vector<std::string> missing() const;  // each with what it means
};
// Tried in a child process once, then remembered.
const Layers& probe_layers();

// --- the compiler's jail: `ridgeline-worker jail FOLDER SECONDS BYTES -- program arguments… [--then program
// arguments… [--else program arguments…]]`
// -------------------------------------
//
// The program sees /usr (and the usual links into it) read-only, /dev/null, and FOLDER as /job, its working directory;
// no network, no other processes, an empty environment. Without user namespaces Landlock gives the same file view;
// without both only the limits remain.
struct JailSpec {
  std::string folder;  // on the host; becomes /job (without namespaces: itself)
  double cpu_seconds = 30;
  std::uint64_t memory_bytes = 4ull << 30;  // of address space; 0 = no limit (sanitizers reserve terabytes)
  std::uint64_t file_bytes = 256ull << 20;
  std::vector<std::string> argv;       // argv[0] absolute
  std::vector<std::string> then;       // run after it in the same jail, if it succeeded; empty = nothing
  std::vector<std::string> otherwise;  // if `then` failed, whose messages are then nobody's business; empty = nothing
};
// Does not return on success: the process becomes the supervisor of the jailed program and exits with its status.
int run_jail(const JailSpec& spec);
int jail_main(int argc, char** argv);

// --- a compiler that is a library, from the inside
// -----------------------------------------------------------------------------
//
// Before any thread exists and before the library is opened: namespaces of its own where the system allows them.
void enter_library_jail();
// When the library is ready: nothing is reachable any more but the given folders (and the links /lib and /lib64),
// read-only; no network, no new privileges. For this process and its children.
void seal_library_jail(const std::vector<std::string>& read_only);
// In a child, for one job: processor seconds and address space beyond what is in use.
void limit_process(double cpu_seconds, std::uint64_t memory_bytes);

// --- a lane's confinement, from the inside
// --------------------------------------------------------------------------------------

// Before any thread exists: namespaces of its own (user, net, ipc, uts), no new privileges, limits. Never fails: what
// the system does not allow is left out (probe_layers says so).
void enter_lane(std::uint64_t address_space_bytes);
// Its two parts: what a process may have entered before it was forked from, and what each process has to itself.
void enter_lane_namespaces();
void limit_lane(std::uint64_t address_space_bytes);
// After the candidate is loaded: no file is reachable any more (Landlock) and every system call outside the allow-list
// traps, in every thread. `note` receives the number of the call that was tried; the process then ends with
// `forbidden_exit`.
inline constexpr int forbidden_exit = 159;
// Builds the filter of system calls, which takes longer than anything else of the seal, for the seal_lane that follows.
// May be left out.
Result<void> prepare_seal();
bool seal_is_prepared();
Result<void> seal_lane(volatile int* note);
// "socket", "clone", … for a system call's number.
std::string call_name(int number);

}  // namespace ridge
