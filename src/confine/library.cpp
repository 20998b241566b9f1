// The jail of a compiler that is a library (NVRTC): the process opens it first and shuts itself in afterwards.
#include <csignal>
#include <cstdio>
#include <filesystem>

#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "confine/confine.h"
#include "confine/internal/limits.h"
#include "confine/internal/mounts.h"
#include "confine/landlock.h"

namespace ridge {
namespace {

bool has_namespaces = false;

std::uint64_t address_space_in_use() {
  std::uint64_t pages = 0;
  if (FILE* in = std::fopen("/proc/self/statm", "r")) {
    unsigned long long n = 0;
    if (std::fscanf(in, "%llu", &n) == 1) pages = n;
    std::fclose(in);
  }
  return pages * std::uint64_t(sysconf(_SC_PAGESIZE));
}

// A root in memory with the folders at their own paths. It is put together on a folder that is seldom used, because
// what is shown may stand below any other.
void shut_in(const std::vector<std::string>& read_only) {
  std::string root;
  for (const char* folder : {"/mnt", "/media", "/srv", "/tmp"})
    if (root.empty() && access(folder, X_OK) == 0) root = folder;
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) broken("private mounts");
  if (mount("tmpfs", root.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755") != 0) broken("tmpfs");
  for (const std::string& path : read_only) {
    std::error_code exists;
    std::filesystem::create_directories(root + path, exists);
    bind_read_only(path, root + path);
  }
  for (const char* link : {"/bin", "/lib", "/lib64"}) {
    struct stat s{};
    if (lstat(link, &s) == 0 && S_ISLNK(s.st_mode)) show(root, link);
  }
  if (chdir(root.c_str()) != 0) broken("chdir");
  if (syscall(SYS_pivot_root, ".", ".") != 0) broken("pivot_root");
  if (umount2(".", MNT_DETACH) != 0) broken("detach old root");
  if (chdir("/") != 0) broken("chdir /");
}

std::uint64_t in_use_at_seal = 0;

}  // namespace

void enter_library_jail() {
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const uid_t uid = getuid();
  const gid_t gid = getgid();
  has_namespaces = unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) == 0;
  if (has_namespaces) map_user(uid, gid);
}

void seal_library_jail(const std::vector<std::string>& read_only) {
  in_use_at_seal = address_space_in_use();
  if (has_namespaces) shut_in(read_only);
  landlock_only(read_only, {});
  limit_resource(RLIMIT_CORE, 0);
  limit_resource(RLIMIT_FSIZE, 0);
}

void limit_process(double cpu_seconds, std::uint64_t memory_bytes) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  limit_resource(RLIMIT_CPU, std::uint64_t(cpu_seconds) + 1);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  if (memory_bytes > 0) limit_resource(RLIMIT_AS, in_use_at_seal + memory_bytes);
#else
  (void)memory_bytes;
#endif
}

}  // namespace ridge
