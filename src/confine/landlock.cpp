#include "confine/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "confine/confine.h"

namespace ridge {
namespace {

constexpr std::uint64_t read_rights =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t file_rights =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;
constexpr std::uint64_t abi1_rights = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;  // every right of the first version

void allow(int ruleset, const std::string& path, std::uint64_t rights) {
  const int fd = open(path.c_str(), O_PATH | O_CLOEXEC);
  if (fd < 0) return;
  struct stat s{};
  if (fstat(fd, &s) == 0 && !S_ISDIR(s.st_mode)) rights &= file_rights;
  landlock_path_beneath_attr rule{};
  rule.allowed_access = rights;
  rule.parent_fd = fd;
  (void)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  close(fd);
}

}  // namespace

bool landlock_only(const std::vector<std::string>& read_only, const std::vector<std::string>& writable) {
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = abi1_rights;
  const long fd = syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
  if (fd < 0) return false;
  for (const std::string& path : read_only) allow(int(fd), path, read_rights);
  for (const std::string& path : writable) allow(int(fd), path, abi1_rights);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const bool ok = syscall(SYS_landlock_restrict_self, fd, 0) == 0;
  close(int(fd));
  return ok;
}

}  // namespace ridge
