#include "confine/internal/namespaces.h"

#include <sched.h>

namespace ridge {

int enter_namespaces(int flags, const LeftOut& left_out) {
  if (left_out.user) flags &= ~CLONE_NEWUSER;
  if (left_out.mount) flags &= ~CLONE_NEWNS;
  if (left_out.network) flags &= ~CLONE_NEWNET;
  if (left_out.ipc) flags &= ~(CLONE_NEWIPC | CLONE_NEWUTS);
  if (left_out.pid) flags &= ~CLONE_NEWPID;
  if (unshare(flags) == 0) return flags;
  // A system may forbid or have used up one kind: the others are worth having. The user's comes first, since it brings
  // the right to make the rest.
  int entered = 0;
  for (const int one : {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWPID})
    if ((flags & one) && unshare(one) == 0) entered |= one;
  return entered;
}

}  // namespace ridge
