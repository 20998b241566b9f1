// The compiler's jail. Order matters: namespaces, then the new root, then a process that is process 1 of its own
// process namespace, so that its end takes every process it started with it. That one confines itself further (limits,
// Landlock, a filter of system calls); this one stays outside of those, because it watches the other's memory.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine/confine.h"
#include "confine/internal/filter.h"
#include "confine/internal/limits.h"
#include "confine/internal/mounts.h"
#include "confine/internal/namespaces.h"
#include "confine/landlock.h"
#include "confine/memory.h"

namespace ridge {

[[noreturn]] void broken(const char* what) {
  std::fprintf(stderr, "jail: %s: %s\n", what, std::strerror(errno));
  _exit(jail_broken);
}

namespace {

void write_text(const char* path, const std::string& text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  (void)!write(fd, text.data(), text.size());
  close(fd);
}

}  // namespace

void bind_read_only(const std::string& from, const std::string& to) {
  if (mount(from.c_str(), to.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) broken(("bind " + from).c_str());
  // Flags that the host locked must be kept, or the remount is refused inside a user namespace.
  unsigned long flags = MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID;
  if (mount(nullptr, to.c_str(), nullptr, flags, nullptr) != 0 &&
      mount(nullptr, to.c_str(), nullptr, flags | MS_NODEV | MS_RELATIME, nullptr) != 0)
    broken(("read-only " + to).c_str());
}

// Folders show as they are on the host: a link stays a link, a folder is bound, a file is bound onto an empty one.
void show(const std::string& root, const std::string& path) {
  struct stat s{};
  if (lstat(path.c_str(), &s) != 0) return;
  const std::string target = root + path;
  if (S_ISLNK(s.st_mode)) {
    char link[4096];
    const ssize_t n = readlink(path.c_str(), link, sizeof link - 1);
    if (n > 0) {
      link[n] = 0;
      (void)!symlink(link, target.c_str());
    }
  } else if (S_ISDIR(s.st_mode)) {
    mkdir(target.c_str(), 0755);
    bind_read_only(path, target);
  } else {
    const int fd = open(target.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    if (fd >= 0) close(fd);
    if (mount(path.c_str(), target.c_str(), nullptr, MS_BIND, nullptr) != 0) broken(("bind " + path).c_str());
  }
}

void map_user(unsigned uid, unsigned gid) {
  write_text("/proc/self/setgroups", "deny");
  write_text("/proc/self/uid_map", fmt::format("{} {} 1", uid, uid));
  write_text("/proc/self/gid_map", fmt::format("{} {} 1", gid, gid));
}

namespace {

// Some systems give out user namespaces without the right to mount in them.
bool may_mount() {
  return mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

void new_root(const std::string& folder) {
  const std::string root = folder + "/.root";
  mkdir(root.c_str(), 0755);
  if (mount("tmpfs", root.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755") != 0) broken("tmpfs");
  for (const char* path : {"/usr", "/bin", "/lib", "/lib32", "/lib64", "/sbin"}) show(root, path);
  mkdir((root + "/etc").c_str(), 0755);
  for (const char* path : {"/etc/alternatives", "/etc/ld.so.cache"}) show(root, path);
  mkdir((root + "/dev").c_str(), 0755);
  show(root, "/dev/null");
  mkdir((root + "/job").c_str(), 0755);
  if (mount((folder + "/job").c_str(), (root + "/job").c_str(), nullptr, MS_BIND, nullptr) != 0)
    broken("bind job folder");
  mkdir((root + "/tmp").c_str(), 0755);
  if (chdir(root.c_str()) != 0) broken("chdir");
  // pivot_root(".", "."): the old root ends up on top of the new one and is detached at once.
  if (syscall(SYS_pivot_root, ".", ".") != 0) broken("pivot_root");
  if (umount2(".", MNT_DETACH) != 0) broken("detach old root");
  if (chdir("/job") != 0) broken("chdir /job");
}

void set_limits(const JailSpec& spec) {
  if (spec.memory_bytes > 0) limit_resource(RLIMIT_AS, spec.memory_bytes);
  limit_resource(RLIMIT_CPU, std::uint64_t(spec.cpu_seconds) + 1);
  limit_resource(RLIMIT_FSIZE, spec.file_bytes);
  limit_resource(RLIMIT_CORE, 0);
  limit_resource(RLIMIT_NOFILE, 256);
}

[[noreturn]] void become(const std::vector<std::string>& program) {
  std::vector<char*> argv;
  for (const std::string& a : program) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  char path[] = "PATH=/usr/bin:/bin", locale[] = "LC_ALL=C", tmp[] = "TMPDIR=.";
  char* environment[] = {path, locale, tmp, nullptr};
  execve(argv[0], argv.data(), environment);
  broken(argv[0]);
}

int status_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return jail_broken;
  }
  return status_of(status);
}

// Process 1 of the jail. With two programs it waits for the first, since a process namespace ends with its process 1.
[[noreturn]] void serve(const JailSpec& spec) {
  if (spec.then.empty()) become(spec.argv);
  const pid_t first = fork();
  if (first < 0) broken("fork");
  if (first == 0) become(spec.argv);
  if (const int status = wait_for(first); status != 0) _exit(status);
  if (spec.otherwise.empty()) become(spec.then);
  const pid_t second = fork();
  if (second < 0) broken("fork");
  if (second == 0) {
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0 || dup2(nowhere, STDERR_FILENO) < 0) broken("/dev/null");
    become(spec.then);
  }
  if (wait_for(second) == 0) _exit(0);
  become(spec.otherwise);
}

}  // namespace

namespace {

const std::vector<std::string> kVisible = {
    "/usr", "/bin", "/lib", "/lib32", "/lib64", "/sbin", "/etc/alternatives", "/etc/ld.so.cache"};

[[noreturn]] void confine_and_serve(const JailSpec& spec, const LeftOut& left_out, const std::string& job,
                                    const MemoryGroup* group) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (group) (void)group->enter();  // if not, memory is watched all the same
  if (!left_out.limits) set_limits(spec);
  if (!left_out.no_new_privileges) prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (!left_out.landlock) landlock_only(kVisible, {job, "/dev/null"});
  if (!left_out.seccomp) filter_jail();
  serve(spec);
}

[[noreturn]] void over_memory(std::uint64_t resident, std::uint64_t allowed) {
  std::fprintf(stderr, "\njail: %s%llu MiB of memory in use, %llu MiB are allowed\n", resident ? "" : "more than ",
               static_cast<unsigned long long>((resident ? resident : allowed) >> 20),
               static_cast<unsigned long long>(allowed >> 20));
  _exit(jail_over_memory);
}

}  // namespace

int run_jail(const JailSpec& spec, const LeftOut& left_out) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const uid_t uid = getuid();
  const gid_t gid = getgid();
  // Both are out of sight once the root has changed.
  const bool watched = spec.resident_bytes > 0 && !left_out.watch;
  const ResidentMemory memory;
  std::optional<MemoryGroup> group =
      spec.resident_bytes > 0 && !left_out.group ? MemoryGroup::make(spec.resident_bytes) : std::nullopt;
  const int entered = enter_namespaces(
      CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID, left_out);
  if (entered & CLONE_NEWUSER) map_user(uid, gid);
  std::string job = spec.folder + "/job";
  if ((entered & CLONE_NEWNS) && may_mount()) {
    new_root(spec.folder);
    job = "/job";
  } else if (chdir(job.c_str()) != 0) {
    broken("chdir");
  }
  const pid_t pid = fork();
  if (pid < 0) broken("fork");
  if (pid == 0) confine_and_serve(spec, left_out, job, group ? &*group : nullptr);
  int status = 0;
  if (watched) {
    if (const std::uint64_t resident = memory.watch(pid, spec.resident_bytes, status); resident > 0) {
      group.reset();
      over_memory(resident, spec.resident_bytes);
    }
  } else {
    status = wait_for(pid);
  }
  const bool exceeded = group && group->exceeded();
  group.reset();
  // Whoever of them was ended, and whatever the others made of it.
  if (exceeded) over_memory(0, spec.resident_bytes);
  return status;
}

bool jail_was_killed(const ProcessResult& said, double cpu_seconds) {
  if (said.timed_out || said.exit_code == 0 || said.cpu_seconds >= 0.9 * cpu_seconds) return false;
  return said.signal == SIGKILL || said.exit_code == 128 + SIGKILL ||
         said.output.find("Killed signal terminated program") != std::string::npos ||  // g++ of its compiler proper
         said.output.find("terminated with signal 9") != std::string::npos;            // and of its linker
}

Result<ProcessResult> run_jailed(const ProcessSpec& jail, double cpu_seconds) {
  RIDGE_TRY(ProcessResult said, run_process(jail));
  if (jail_was_killed(said, cpu_seconds)) return run_process(jail);
  return said;
}

int jail_main(int argc, char** argv) {
  if (argc < 5 || std::strcmp(argv[3], "--") != 0) {
    std::fprintf(stderr,
                 "usage: ridgeline-worker jail FOLDER SECONDS BYTES[:RESIDENT] -- PROGRAM ARGUMENTS… [--then PROGRAM "
                 "ARGUMENTS… [--else PROGRAM ARGUMENTS…]]\n");
    return jail_broken;
  }
  JailSpec spec;
  spec.folder = argv[0];
  spec.cpu_seconds = std::strtod(argv[1], nullptr);
  char* end = nullptr;
  spec.memory_bytes = std::strtoull(argv[2], &end, 10);
  if (*end == ':') spec.resident_bytes = std::strtoull(end + 1, nullptr, 10);
  std::vector<std::string>* program = &spec.argv;
  for (int i = 4; i < argc; ++i) {
    if (program == &spec.argv && std::strcmp(argv[i], "--then") == 0)
      program = &spec.then;
    else if (program == &spec.then && std::strcmp(argv[i], "--else") == 0)
      program = &spec.otherwise;
    else
      program->emplace_back(argv[i]);
  }
  return run_jail(spec);
}

}  // namespace ridge
