// A candidate's plan under the compiler's sanitizers: address and undefined behaviour in one build, threads in another.
// Slow and never timed; for champions, on small workloads. The program is a stranger's, so it runs where its compiler
// ran: in the jail, without network, with one folder.
#pragma once

#include <string>
#include <vector>

#include "device/cpu/toolchain.h"
#include "device/device.h"

namespace ridge::cpu {

Result<std::vector<SanitizerFinding>> sanitize(const Toolchain& toolchain, const std::string& worker,
                                               const SanitizerJob& job);

// The first report in a sanitizer's output, in one line: "heap-buffer-overflow: READ of size 4 at kernel.cpp:12".
// Empty if there is none.
std::string first_report(const std::string& output);

}  // namespace ridge::cpu
