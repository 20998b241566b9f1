// One helper program at a time: spawned at the head of a process group of its own, read through one pipe, and killed
// with all its descendants when the time limit is reached. A pidfd wakes the loop when the leader ends, because a
// descendant may hold the pipe open for ever.
#include "base/subprocess.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

extern char** environ;

namespace ridge {

namespace {

using Steady = std::chrono::steady_clock;

double seconds_since(Steady::time_point start) {
  return std::chrono::duration<double>(Steady::now() - start).count();
}

bool is_program(const std::string& path) {
  struct stat facts{};
  return ::stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

// The inherited environment with the additions in place of variables of the same name.
std::vector<std::string> merged_environment(const std::vector<std::string>& additions) {
  const auto name_of = [](std::string_view entry) { return entry.substr(0, entry.find('=')); };
  std::vector<std::string> out = additions;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view name = name_of(*entry);
    if (std::ranges::none_of(additions, [&](const std::string& a) { return name_of(a) == name; }))
      out.emplace_back(*entry);
  }
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (std::string& s : strings) out.push_back(s.data());
  out.push_back(nullptr);
  return out;
}

struct SpawnPlan {
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
  SpawnPlan() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
};

// 0, or the errno of the first step that failed, exec included.
int spawn(const std::string& program, const ProcessSpec& spec, int output, pid_t& pid) {
  SpawnPlan plan;
  // A pipe end could itself be descriptor 0 when the caller had closed its own: it is duplicated before 0 is opened.
  posix_spawn_file_actions_adddup2(&plan.actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&plan.actions, STDOUT_FILENO, STDERR_FILENO);
  posix_spawn_file_actions_addopen(&plan.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&plan.actions, STDERR_FILENO + 1);
  if (!spec.folder.empty()) posix_spawn_file_actions_addchdir_np(&plan.actions, spec.folder.c_str());
  // Signals that the caller blocks or ignores would otherwise be blocked or ignored in the helper too.
  sigset_t none, usual;
  sigemptyset(&none);
  sigemptyset(&usual);
  for (int s : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD}) sigaddset(&usual, s);
  posix_spawnattr_setsigmask(&plan.attributes, &none);
  posix_spawnattr_setsigdefault(&plan.attributes, &usual);
  posix_spawnattr_setpgroup(&plan.attributes, 0);
  posix_spawnattr_setflags(&plan.attributes, short((spec.own_group ? POSIX_SPAWN_SETPGROUP : 0) |
                                                   POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  std::vector<std::string> arguments = spec.argv;
  std::vector<std::string> variables = merged_environment(spec.environment);
  return posix_spawn(&pid, program.c_str(), &plan.actions, &plan.attributes, pointers(arguments).data(),
                     pointers(variables).data());
}

// Takes what the pipe holds now; false once every writer is gone.
bool drain(int fd, std::size_t limit, std::string& output) {
  char buffer[1 << 14];
  for (;;) {
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno == EAGAIN;
    if (n == 0) return false;
    output.append(buffer, std::min(std::size_t(n), limit - output.size()));  // the rest is read and forgotten
    if (std::size_t(n) < sizeof buffer) return true;  // back to the loop, so that a flood cannot outrun the time limit
  }
}

bool has_ended(pid_t pid) {
  siginfo_t info{};
  return ::waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

void follow(pid_t pid, int output, const ProcessSpec& spec, ProcessResult& result) {
  Patience patience(std::clamp(spec.time_limit_s, 0.0, 1e9));
  const int handle = int(::syscall(SYS_pidfd_open, pid, 0));  // glibc 2.36 declares pidfd_open, but not for C++
  bool open = true;
  while (!has_ended(pid)) {
    if (patience.over()) {
      result.timed_out = true;
      break;
    }
    // Where pidfd_open is not to be had, short waits take its place.
    const double wait_ms = std::min(patience.left_s() * 1e3 + 1, handle >= 0 ? 1e6 : 5.0);
    pollfd fds[2] = {{open ? output : -1, POLLIN, 0}, {handle, POLLIN, 0}};
    ::poll(fds, 2, int(wait_ms));
    if (fds[0].revents) open = drain(output, spec.output_limit, result.output);
  }
  // The group is killed while its leader is not yet reaped, so its number cannot belong to anybody else. Left-over
  // descendants of a helper that ended go the same way.
  ::kill(spec.own_group ? -pid : pid, SIGKILL);
  if (handle >= 0) ::close(handle);
}

}  // namespace

Result<ProcessResult> run_process(const ProcessSpec& spec) {
  if (spec.argv.empty()) return fail(Error::Kind::usage, "no program was named");
  const std::string program = find_program(spec.argv[0]);
  if (program.empty()) return world("{}: no such program in PATH", spec.argv[0]);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return world("{}: no pipe: {}", spec.argv[0], std::strerror(errno));
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  const auto start = Steady::now();
  pid_t pid = -1;
  const int problem = spawn(program, spec, ends[1], pid);
  ::close(ends[1]);
  if (problem != 0) {
    ::close(ends[0]);
    return world("{}: cannot be started{}: {}", program, spec.folder.empty() ? "" : " in " + spec.folder,
                 std::strerror(problem));
  }
  ProcessResult result;
  follow(pid, ends[0], spec, result);
  int status = 0;
  rusage used{};
  while (::wait4(pid, &status, 0, &used) < 0 && errno == EINTR) {
  }
  for (const timeval& t : {used.ru_utime, used.ru_stime})
    result.cpu_seconds += double(t.tv_sec) + 1e-6 * double(t.tv_usec);
  // A pipe holds 64 KiB and the leader is gone, so a bounded number of reads empties it.
  for (int i = 0; i < 64 && drain(ends[0], spec.output_limit, result.output); ++i) {
    pollfd ready{ends[0], POLLIN, 0};
    if (::poll(&ready, 1, 0) <= 0) break;
  }
  ::close(ends[0]);
  result.seconds = seconds_since(start);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  if (WIFEXITED(status) && !result.timed_out) result.exit_code = WEXITSTATUS(status);
  return result;
}

int await_child(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

void end_child(pid_t& pid) {
  if (pid > 0) {
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
    await_child(pid);
  }
  pid = -1;
}

std::string find_program(const std::string& name) {
  if (name.empty() || name.find('\0') != std::string::npos) return "";
  std::error_code ignored;
  if (name.find('/') != std::string::npos)
    return is_program(name) ? std::filesystem::absolute(name, ignored).string() : "";
  const char* variable = std::getenv("PATH");
  std::string_view path = variable ? variable : "/usr/bin:/bin";
  while (!path.empty()) {
    const std::size_t end = path.find(':');
    const std::string folder(path.substr(0, end));
    // Empty and relative entries mean the working directory, where a stranger's file may lie: they are not searched.
    if (folder.starts_with('/') && is_program(folder + "/" + name)) return folder + "/" + name;
    if (end == std::string_view::npos) break;
    path.remove_prefix(end + 1);
  }
  return "";
}

Result<TempDir> TempDir::make(const std::string& purpose) {
  const char* variable = std::getenv("TMPDIR");
  const std::string root = variable && *variable ? variable : "/tmp";
  std::string label;
  for (char c : purpose.substr(0, 40))
    label += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ? c : '_';
  std::string path = root + "/ridgeline-" + label + "-XXXXXX";
  if (!::mkdtemp(path.data())) return world("{}: no folder can be made there: {}", root, std::strerror(errno));
  return TempDir(std::move(path));
}

TempDir::TempDir(TempDir&& other) noexcept : path_(std::exchange(other.path_, {})) {}

TempDir& TempDir::operator=(TempDir&& other) noexcept {
  // The old folder goes with the temporary, also when a TempDir is assigned to itself.
  TempDir taken(std::move(other));
  path_.swap(taken.path_);
  return *this;
}

TempDir::~TempDir() {
  if (path_.empty()) return;
  namespace fs = std::filesystem;
  std::error_code problem;
  fs::remove_all(path_, problem);
  if (!problem) return;
  // Somebody took the write permission from a folder inside: give it back and try once more.
  fs::permissions(path_, fs::perms::owner_all, fs::perm_options::add, problem);
  for (auto it = fs::recursive_directory_iterator(path_, fs::directory_options::skip_permission_denied, problem);
       !problem && it != fs::recursive_directory_iterator(); it.increment(problem))
    if (it->is_directory(problem) && !it->is_symlink(problem))
      fs::permissions(it->path(), fs::perms::owner_all, fs::perm_options::add, problem);
  fs::remove_all(path_, problem);
}

}  // namespace ridge
