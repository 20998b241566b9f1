// Landlock through its three system calls (there is no wrapper in Debian 12's C library).
#pragma once

#include <string>
#include <vector>

namespace ridge {

// Denies every file operation of this thread and its future children but reading and executing below `read_only` and
// everything below `writable`. True if in force; false if the kernel has no Landlock. Paths that do not exist are
// skipped.
bool landlock_only(const std::vector<std::string>& read_only, const std::vector<std::string>& writable);

}  // namespace ridge
