// The jail's filter of system calls: for this process and its children, for good.
#pragma once

namespace ridge {

// Everything a compiler or a program on files needs stays allowed; sockets, mounts, tracing, new namespaces and the
// kernel's rarer doors answer EPERM. False where the system has no seccomp.
bool filter_jail();

}  // namespace ridge
