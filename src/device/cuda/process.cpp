#include "device/cuda/internal/process.h"

#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/subprocess.h"

extern char** environ;

namespace ridge::cuda {
namespace {

constexpr long output_limit = 64 << 10;
constexpr double start_limit_s = 60;  // making a context on a busy machine

std::int64_t clock_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// What the worker inherits: the caller's, but modules are loaded at once (a lazy load would fall into a stamp), and
// nothing is kept on disk.
std::vector<std::string> worker_environment() {
  std::vector<std::string> out;
  for (char** e = environ; *e; ++e)
    if (std::strncmp(*e, "CUDA_MODULE_LOADING=", 20) != 0 && std::strncmp(*e, "CUDA_CACHE_DISABLE=", 19) != 0)
      out.emplace_back(*e);
  out.emplace_back("CUDA_MODULE_LOADING=EAGER");
  out.emplace_back("CUDA_CACHE_DISABLE=1");
  return out;
}

}  // namespace

Process::~Process() {
  end();
  if (shared_) munmap(shared_, shared_bytes);
}

Result<void> Process::start() {
  shared_file_ = Fd(memfd_create("ridgeline-cuda-lane", MFD_CLOEXEC));
  output_ = Fd(memfd_create("ridgeline-output", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (shared_file_.get() < 0 || output_.get() < 0) return world("memfd_create: {}", std::strerror(errno));
  if (ftruncate(shared_file_.get(), off_t(shared_bytes)) != 0 || ftruncate(output_.get(), output_limit) != 0)
    return world("ftruncate: {}", std::strerror(errno));
  fcntl(output_.get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
  void* p = mmap(nullptr, shared_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, shared_file_.get(), 0);
  if (p == MAP_FAILED) return world("mapping {} bytes: {}", shared_bytes, std::strerror(errno));
  shared_ = static_cast<std::byte*>(p);
  control_ = new (shared_) Control{};

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  const Fd high_shared(fcntl(shared_file_.get(), F_DUPFD_CLOEXEC, 64));
  const Fd high_output(fcntl(output_.get(), F_DUPFD_CLOEXEC, 64));
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, high_output.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, high_output.get(), 2);
  posix_spawn_file_actions_adddup2(&actions, high_shared.get(), shared_fd);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  std::vector<std::string> environment = worker_environment();
  std::vector<char*> variables;
  for (std::string& e : environment) variables.push_back(e.data());
  variables.push_back(nullptr);
  std::string worker = host_.worker, kind = host_.kind, device = std::to_string(host_.device);
  char* argv[] = {worker.data(), kind.data(), device.data(), nullptr};
  const int error = posix_spawn(&pid_, worker.c_str(), &actions, &attributes, argv, variables.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    pid_ = -1;
    return world("{}: {}; is ridgeline-worker beside ridgeline?", worker, std::strerror(error));
  }
  RIDGE_CHECK(host_.support && host_.support->size() <= staging_bytes, "our own kernels are small");
  std::memcpy(staging(), host_.support->data(), host_.support->size());
  ring(Command::support);
  return {};
}

Result<void> Process::ready() {
  if (ready_) return {};
  const Answer a = wait_for(Phase::idle, start_limit_s);
  if (a.kind != Answer::Kind::done) {
    end();
    return world("cuda:{}: no context: {}", host_.device, a.text);
  }
  ready_ = true;
  mark_output();
  return {};
}

bool Process::alive() {
  int status = 0;
  if (pid_ > 0 && waitpid(pid_, &status, WNOHANG) == pid_) pid_ = -1;
  return pid_ > 0;
}

void Process::end() {
  end_child(pid_);
}

void Process::ring(Command c) {
  control_->command = c;
  ++bell_;
  control_->bell.store(bell_, std::memory_order_release);
  syscall(SYS_futex, &control_->bell, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

Answer Process::command(Command c, double limit_s) {
  if (pid_ <= 0) return {Answer::Kind::ended, success, "the worker is gone"};
  ring(c);
  return wait_for(Phase::idle, limit_s);
}

Answer Process::run(double limit_s, double& seconds) {
  if (pid_ <= 0) return {Answer::Kind::ended, success, "the worker is gone"};
  ring(Command::run);
  if (Answer a = wait_for(Phase::armed, 10 + limit_s); a.kind != Answer::Kind::done) return a;
  const std::int64_t begin = clock_ns();
  control_->go.store(bell_, std::memory_order_release);
  if (Answer a = wait_for(Phase::done, limit_s); a.kind != Answer::Kind::done) return a;
  seconds = double(stamp_ - begin) * 1e-9;
  return wait_for(Phase::idle, 10);
}

Answer Process::wait_for(Phase phase, double limit_s) {
  const std::uint32_t wanted = phase_word(bell_, phase);
  const std::int64_t begin = clock_ns();
  std::int64_t looked = begin;
  const bool spin = host_.cores > 1;
  for (;;) {
    const std::uint32_t answer = control_->answer.load(std::memory_order_acquire);
    if (answer / 4 == wanted / 4 && answer % 4 >= wanted % 4) {
      stamp_ = clock_ns();
      if (answer % 4 != std::uint32_t(Phase::refused)) return {};
      char text[sizeof control_->message];
      std::memcpy(text, control_->message, sizeof text);
      text[sizeof text - 1] = 0;
      return {Answer::Kind::refused, control_->status, text};
    }
    if (spin && clock_ns() - begin < 20'000'000'000) {
      for (int i = 0; i < 64 && control_->answer.load(std::memory_order_acquire) == answer; ++i) pause_briefly();
    } else {
      const timespec slice{0, 1'000'000};
      syscall(SYS_futex, &control_->answer, FUTEX_WAIT, answer, &slice, nullptr, 0);
    }
    const std::int64_t t = clock_ns();
    if (t - looked < 2'000'000) continue;
    looked = t;
    if (control_->answer.load(std::memory_order_acquire) != answer) continue;
    int status = 0;
    if (pid_ <= 0 || waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      return {Answer::Kind::ended, success,
              WIFSIGNALED(status)
                  ? fmt::format("the worker was ended by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)))
                  : fmt::format("the worker ended with status {}", WEXITSTATUS(status))};
    }
    if (double(t - begin) * 1e-9 > limit_s) {
      end();
      return {Answer::Kind::late, success, fmt::format("no answer within {:.3g} s; the process was killed", limit_s)};
    }
  }
}

void Process::mark_output() {
  output_from_ = lseek(output_.get(), 0, SEEK_CUR);  // shared with the worker: how much it wrote
}

bool Process::output_full() const {
  return lseek(output_.get(), 0, SEEK_CUR) > output_limit / 2;
}

std::string Process::output(bool& cut) const {
  const long end = lseek(output_.get(), 0, SEEK_CUR);
  std::string text(std::size_t(std::max(end - output_from_, 0L)), '\0');
  const ssize_t n = pread(output_.get(), text.data(), text.size(), output_from_);
  text.resize(std::size_t(std::max<ssize_t>(n, 0)));
  cut = end + 4096 > output_limit;
  return text;
}

}  // namespace ridge::cuda
