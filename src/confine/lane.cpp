// A lane confines itself: it is our program until the candidate is called for the first time.
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "confine/confine.h"
#include "confine/internal/limits.h"
#include "confine/internal/namespaces.h"
#include "confine/landlock.h"

namespace ridge {
namespace {

volatile int* note_of_call = nullptr;
scmp_filter_ctx prepared = nullptr;

// Runs in the candidate's process, so what it notes only describes. The call itself was not made, whatever happens
// here.
void on_forbidden(int, siginfo_t* info, void*) {
  if (note_of_call) *note_of_call = info->si_syscall;
  _exit(forbidden_exit);
}

}  // namespace

void enter_lane(std::uint64_t address_space_bytes, const LeftOut& left_out) {
  enter_lane_namespaces(left_out);
  if (!left_out.limits) limit_lane(address_space_bytes);
}

void enter_lane_namespaces(const LeftOut& left_out) {
  if (!left_out.no_new_privileges) prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  (void)enter_namespaces(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS, left_out);
}

void limit_lane(std::uint64_t address_space_bytes) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // not inherited
  limit_resource(RLIMIT_CORE, 0);
  // Room for what is printed, which a seal ends long before: at the limit itself a signal would end the process.
  limit_resource(RLIMIT_FSIZE, 1 << 20);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  if (address_space_bytes > 0)
    limit_resource(RLIMIT_AS, address_space_bytes);  // sanitizers reserve terabytes of address space
#else
  (void)address_space_bytes;
#endif
}

Result<void> prepare_seal() {
  const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
  if (!filter) return world("seccomp: no memory for the filter");
  seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
  seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
  int error = 0;
  const auto allow = [&](int call) { error = error ? error : seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0); };
  // Computing, waiting, memory, the clock, ending.
  for (const int call : {SCMP_SYS(futex),
                         SCMP_SYS(sched_yield),
                         SCMP_SYS(clock_gettime),
                         SCMP_SYS(gettimeofday),
                         SCMP_SYS(clock_nanosleep),
                         SCMP_SYS(nanosleep),
                         SCMP_SYS(munmap),
                         SCMP_SYS(mremap),
                         SCMP_SYS(brk),
                         SCMP_SYS(madvise),
                         SCMP_SYS(exit),
                         SCMP_SYS(exit_group),
                         SCMP_SYS(rt_sigreturn),
                         SCMP_SYS(rt_sigprocmask),
                         SCMP_SYS(getpid),
                         SCMP_SYS(gettid),
                         SCMP_SYS(sched_getaffinity),
                         SCMP_SYS(getcpu),
                         SCMP_SYS(membarrier),
                         SCMP_SYS(restart_syscall),
                         SCMP_SYS(rseq),
                         SCMP_SYS(set_robust_list)})
    allow(call);
  // Anonymous memory, never executable.
  error = error ? error
                : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
                                   SCMP_A2(SCMP_CMP_MASKED_EQ, 4 /*PROT_EXEC*/, 0),
                                   SCMP_A3(SCMP_CMP_MASKED_EQ, 0x20 /*MAP_ANONYMOUS*/, 0x20));
  error = error ? error
                : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, 4, 0));
  // Printing (into a sealed 64 KiB memory file) and ending itself by a signal.
  for (const int fd : {1, 2}) {
    error = error
                ? error
                : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1, SCMP_A0(SCMP_CMP_EQ, scmp_datum_t(fd)));
    error = error
                ? error
                : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(writev), 1, SCMP_A0(SCMP_CMP_EQ, scmp_datum_t(fd)));
    error = error ? error
                  : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 1,
                                     SCMP_A0(SCMP_CMP_EQ, scmp_datum_t(fd)));
    error = error
                ? error
                : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fstat), 1, SCMP_A0(SCMP_CMP_EQ, scmp_datum_t(fd)));
    error = error
                ? error
                : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, SCMP_A0(SCMP_CMP_EQ, scmp_datum_t(fd)));
  }
  // A process's first thread makes glibc install a handler of its own before it calls clone: without this the note
  // would name the preparation and not the thread.
  error = error ? error : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(rt_sigaction), 1, SCMP_A0(SCMP_CMP_EQ, 33));
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  for (const int call : {SCMP_SYS(sigaltstack), SCMP_SYS(rt_sigaction)})
    allow(call);  // their run-times need these at exit
#endif
  // glibc tries clone3 first and falls back to clone, which traps by its own name.
  error = error ? error : seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
  if (error) {
    seccomp_release(filter);
    return world("seccomp: {}", std::strerror(-error));
  }
  prepared = filter;
  return {};
}

bool seal_is_prepared() {
  return prepared != nullptr;
}

Result<void> seal_lane(volatile int* note, const LeftOut& left_out) {
  if (!left_out.landlock) landlock_only({}, {});
  if (left_out.seccomp) return {};
  if (!prepared) RIDGE_TRY_VOID(prepare_seal());
  note_of_call = note;
  struct sigaction action{};
  action.sa_sigaction = on_forbidden;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigaction(SIGSYS, &action, nullptr);
  // Itself only: the filter may have been prepared in the process that this one was forked from. And not by the signal
  // that the parent takes for somebody else's.
  int error = seccomp_rule_add(prepared, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 2,
                               SCMP_A0(SCMP_CMP_EQ, scmp_datum_t(getpid())), SCMP_A2(SCMP_CMP_NE, SIGKILL));
  if (error == 0) error = seccomp_load(prepared);
  seccomp_release(std::exchange(prepared, nullptr));
  if (error) return world("seccomp: {}", std::strerror(-error));
  return {};
}

std::string call_name(int number) {
  char* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
  std::string text = name ? name : fmt::format("system call {}", number);
  std::free(name);
  return text;
}

}  // namespace ridge
