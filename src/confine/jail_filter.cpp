// What a compiler never needs. A deny-list, unlike a lane's: compilers and linkers differ too much for a list of what
// they do; what this stands in for is a missing network namespace, and the doors through which kernels are broken into.
#include <cerrno>

#include <linux/sched.h>
#include <seccomp.h>

#include "confine/internal/filter.h"

namespace ridge {

bool filter_jail() {
  const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  if (!filter) return false;
  int error = 0;
  for (const int call : {SCMP_SYS(socket),
                         SCMP_SYS(socketpair),
                         SCMP_SYS(ptrace),
                         SCMP_SYS(process_vm_readv),
                         SCMP_SYS(process_vm_writev),
                         SCMP_SYS(mount),
                         SCMP_SYS(umount2),
                         SCMP_SYS(pivot_root),
                         SCMP_SYS(chroot),
                         SCMP_SYS(move_mount),
                         SCMP_SYS(open_tree),
                         SCMP_SYS(fsopen),
                         SCMP_SYS(fsmount),
                         SCMP_SYS(unshare),
                         SCMP_SYS(setns),
                         SCMP_SYS(bpf),
                         SCMP_SYS(perf_event_open),
                         SCMP_SYS(userfaultfd),
                         SCMP_SYS(io_uring_setup),
                         SCMP_SYS(add_key),
                         SCMP_SYS(request_key),
                         SCMP_SYS(keyctl),
                         SCMP_SYS(open_by_handle_at),
                         SCMP_SYS(init_module),
                         SCMP_SYS(finit_module),
                         SCMP_SYS(delete_module),
                         SCMP_SYS(kexec_load),
                         SCMP_SYS(reboot),
                         SCMP_SYS(swapon),
                         SCMP_SYS(swapoff)})
    error = error ? error : seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 0);
  // clone3 keeps its flags where a filter cannot look; the C library falls back on clone.
  error = error ? error
                : seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                                   SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER));
  error = error ? error : seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
  error = error ? error : seccomp_load(filter);
  seccomp_release(filter);
  return error == 0;
}

}  // namespace ridge
