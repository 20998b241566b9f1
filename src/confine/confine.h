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
#include "base/subprocess.h"

namespace ridge {

struct Layers {
  bool user_namespace = false;  // with mount, net, ipc, uts and pid namespaces inside it, and mounts allowed there
  int landlock_abi = 0;         // 0 = not available
  bool seccomp = false;
  bool memory_group = false;  // a control group for memory can be made (memory is watched in any case)
  std::vector<std::string> present() const;
  std::vector<std::string> missing() const;  // each with what remains without it
};
// Tried in a child process once, then remembered.
const Layers& probe_layers();

// Layers that a test leaves out, to watch an attack come through that each of them stops. Nobody else leaves any out:
// no command, option, environment variable or task reaches this.
struct LeftOut {
  bool user = false, mount = false, network = false, ipc = false, pid = false;  // namespaces
  bool landlock = false, seccomp = false, no_new_privileges = false;
  bool limits = false;                // setrlimit
  bool watch = false, group = false;  // of resident memory: by looking, by a control group
};

// --- the compiler's jail: `ridgeline-worker jail FOLDER SECONDS BYTES[:RESIDENT] -- program arguments… [--then program
// arguments… [--else program arguments…]]`
// -------------------------------------
//
// The program sees /usr (and the usual links into it) read-only, /dev/null, and FOLDER as /job, its working directory;
// no network, no other processes, an empty environment. Landlock gives the same view of files a second time, and the
// only one where namespaces are refused; a filter of system calls keeps sockets, mounts, tracing and the kernel's
// rarer doors shut. Each layer stands alone where another is missing.
struct JailSpec {
  std::string folder = {};  // on the host; becomes /job (without namespaces: itself)
  double cpu_seconds = 30;
  std::uint64_t memory_bytes = 4ull << 30;  // of address space; 0 = no limit (sanitizers reserve terabytes)
  std::uint64_t file_bytes = 256ull << 20;
  std::uint64_t resident_bytes = 0;    // of memory in use by all its processes; beyond it ends as jail_over_memory
  std::vector<std::string> argv = {};  // argv[0] absolute
  std::vector<std::string> then = {};  // run after it in the same jail, if it succeeded; empty = nothing
  std::vector<std::string> otherwise =
      {};  // if `then` failed, whose messages are then nobody's business; empty = nothing
};
// This process becomes the supervisor of the jailed program; its status, or one of these.
inline constexpr int jail_broken = 125;       // the jail could not be built: the world's fault
inline constexpr int jail_over_memory = 124;  // stopped for its memory; the last line of output says how much
int run_jail(const JailSpec& spec, const LeftOut& left_out = {});
int jail_main(int argc, char** argv);
// Ended by SIGKILL before its own limit on processor time: by somebody outside, the system perhaps, for want of memory.
bool jail_was_killed(const ProcessResult& said, double cpu_seconds);
// Runs a jail; one that was killed so is run once more: who is killed again will have had a part in it.
Result<ProcessResult> run_jailed(const ProcessSpec& jail, double cpu_seconds);

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
void enter_lane(std::uint64_t address_space_bytes, const LeftOut& left_out = {});
// Its two parts: what a process may have entered before it was forked from, and what each process has to itself.
void enter_lane_namespaces(const LeftOut& left_out = {});
void limit_lane(std::uint64_t address_space_bytes);
// After the candidate is loaded: no file is reachable any more (Landlock) and every system call outside the allow-list
// traps, in every thread. `note` receives the number of the call that was tried; the process then ends with
// `forbidden_exit`.
inline constexpr int forbidden_exit = 159;
// Builds the filter of system calls, which takes longer than anything else of the seal, for the seal_lane that follows.
// May be left out.
Result<void> prepare_seal();
bool seal_is_prepared();
Result<void> seal_lane(volatile int* note, const LeftOut& left_out = {});
// "socket", "clone", … for a system call's number.
std::string call_name(int number);

}  // namespace ridge
