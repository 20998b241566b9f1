// A lane worker runs one candidate. Order: namespaces (no thread may exist yet), the OpenMP team, the shared memory;
// then it waits for the doorbell, which says that the image is there: the candidate, the seal (no file, no new thread,
// only an allow-list of system calls), and then nothing but commands from the doorbell.
//
// The candidate's load-time code would run before the seal: the parent has refused images that have any (elf.h).
#include "device/cpu/worker.h"

#include <cerrno>
#include <cfenv>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <omp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "confine/confine.h"
#include "device/cpu/internal/protocol.h"

namespace ridge::cpu {
namespace {

using Kernel = void (*)(void* const*);

double now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
}

void wait_change(std::atomic<std::uint32_t>& word, std::uint32_t old) {
  for (int i = 0; i < 500; ++i) {
    if (word.load(std::memory_order_acquire) != old) return;
    pause_briefly();
  }
  while (word.load(std::memory_order_acquire) == old) syscall(SYS_futex, &word, FUTEX_WAIT, old, nullptr, nullptr, 0);
}

void tell(std::atomic<std::uint32_t>& word, std::uint32_t value) {
  word.store(value, std::memory_order_release);
  syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

// A fixed chain of dependent additions, some microseconds: its time follows the core's clock and nothing else. The best
// of three, since an interrupt in one of them says nothing about the clock.
double probe() {
  double best = 1;
  for (int round = 0; round < 8; ++round) {
    const double t = now();
    std::uint64_t x = 1;
    for (int i = 0; i < 12000; ++i) {
      x += 1;
      asm volatile("" : "+r"(x));
    }
    const double seconds = now() - t;
    best = seconds < best ? seconds : best;
  }
  return best;
}

// A core that shares its silicon with a busy neighbour runs at half its speed for milliseconds at a time: waits for a
// better moment.
double steady_probe(double reference, double patience) {
  const double begin = now();
  double seconds = probe();
  while (reference > 0 && seconds > 1.05 * reference && now() - begin < patience) seconds = probe();
  return seconds;
}

struct Lane {
  Control* control = nullptr;
  std::byte* program_area = nullptr;
  std::byte* arena = nullptr;
  std::uint64_t arena_bytes = 0;
  Kernel const* kernels = nullptr;
  std::uint32_t kernel_count = 0;
  int workers = 1;
  Program program;
  std::byte* sweep_area = nullptr;
  std::uint64_t sweep_bytes = 0;

  bool load_plan() {
    mprotect(arena, arena_bytes, PROT_READ | PROT_WRITE);
    if (!decode_program(reinterpret_cast<const std::uint64_t*>(program_area), control->program_words, program))
      return false;
    for (const auto* steps : {&program.setup, &program.steps})
      for (const Program::Step& s : *steps)
        if (s.kind == ResolvedStep::Kind::launch && s.kernel >= kernel_count) return false;
    if (program.sets * program.stride > arena_bytes) return false;
    for (std::uint32_t s = 0; s < program.sets; ++s)
      for (const std::uint64_t g : program.guards) mprotect(arena + s * program.stride + g, page, PROT_NONE);
    return true;
  }

  void run_steps(const std::vector<Program::Step>& steps, std::byte* set) {
    void* arguments[64];
    for (const Program::Step& s : steps) {
      switch (s.kind) {
        case ResolvedStep::Kind::launch: {
          const Program::Argument* a = program.arguments.data() + s.first_argument;
          for (std::uint32_t i = 0; i < s.arguments; ++i)
            arguments[i] = a[i].storage ? static_cast<void*>(set + a[i].value)
                                        : const_cast<void*>(static_cast<const void*>(&a[i].value));
          if (s.workers != 0) omp_set_num_threads(int(s.workers));
          kernels[s.kernel](arguments);
          break;
        }
        case ResolvedStep::Kind::fill:
          if (s.pattern_bytes == 1 || s.pattern == 0) {
            std::memset(set + s.to, int(s.pattern & 255), s.bytes);
          } else {
            for (std::uint64_t b = 0; b + s.pattern_bytes <= s.bytes; b += s.pattern_bytes)
              std::memcpy(set + s.to + b, &s.pattern, s.pattern_bytes);
          }
          break;
        case ResolvedStep::Kind::copy:
          std::memmove(set + s.to, set + s.from, s.bytes);
          break;
      }
    }
  }

  // Maps the pages of a set before the clock runs: the first touch of a page costs a fault, which is the harness's and
  // not the kernel's.
  void touch(const std::byte* set) const {
    for (std::size_t g = 0; g + 1 < program.guards.size(); ++g)
      for (std::uint64_t at = program.guards[g] + page; at < program.guards[g + 1]; at += page)
        (void)*const_cast<const volatile std::byte*>(set + at);
  }

  void run(std::uint32_t n) {
    const std::uint32_t first = control->first, count = control->count;
    for (std::uint32_t i = 0; i < count; ++i) {
      touch(arena + (first + i) * program.stride);
      run_steps(program.setup, arena + (first + i) * program.stride);
    }
    std::fesetenv(FE_DFL_ENV);  // a candidate may have left another rounding or flush-to-zero mode behind
    omp_set_num_threads(workers);
    const double begin = now();
    control->probe_before = steady_probe(control->probe_reference, control->probe_patience);
    control->waited = now() - begin;
    tell(control->answer, phase_word(n, Phase::armed));
    while (control->go.load(std::memory_order_acquire) != n) pause_briefly();
    for (std::uint32_t i = 0; i < count; ++i) {
      const double t = now();
      run_steps(program.steps, arena + (first + i) * program.stride);
      control->samples[i & 255] = now() - t;
    }
    tell(control->answer, phase_word(n, Phase::done));
  }

  // Evicts the caches by writing twice their size.
  void sweep() {
    const std::uint64_t bytes = control->sweep_bytes;
    if (sweep_bytes < bytes) {
      if (sweep_area) munmap(sweep_area, sweep_bytes);
      void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (p == MAP_FAILED) return;
      sweep_area = static_cast<std::byte*>(p);
      sweep_bytes = bytes;
    }
    for (std::uint64_t i = 0; i < bytes; i += 64)
      sweep_area[i] = std::byte(std::to_integer<unsigned>(sweep_area[i]) + 1);
  }

  [[noreturn]] void serve() {
    std::uint32_t n = first_bell;
    for (;;) {
      wait_change(control->bell, n);
      n = control->bell.load(std::memory_order_acquire);
      bool good = true;
      switch (control->command) {
        case Command::none:
        case Command::load_image:  // only once, before this loop
          break;
        case Command::load_plan:
          good = load_plan();
          break;
        case Command::run:
          run(n);
          break;
        case Command::sweep:
          sweep();
          break;
      }
      tell(control->answer, phase_word(n, good ? Phase::idle : Phase::refused));
    }
  }
};

[[noreturn]] void refuse(Control* control, const char* what, const char* detail) {
  std::snprintf(control->message, sizeof control->message, "%s: %s", what, detail ? detail : "");
  tell(control->answer, phase_word(first_bell, Phase::refused));
  _exit(0);
}

// A process that is confined but for its seal, with its shared memory and image behind shared_fd and image_fd.
[[noreturn]] void become_lane(const LaneRequest& request, bool trusted) {
  Lane lane;
  lane.workers = request.workers;
  void* shared = mmap(nullptr, request.shared_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, shared_fd, 0);
  if (shared == MAP_FAILED) _exit(3);
  lane.control = static_cast<Control*>(shared);
  lane.program_area = static_cast<std::byte*>(shared) + page;
  lane.arena = lane.program_area + program_bytes;
  lane.arena_bytes = request.shared_bytes - page - program_bytes;

  limit_lane(request.address_space);
  omp_set_dynamic(0);
  omp_set_num_threads(lane.workers);
  if (lane.workers > 1) {
    int team = 0;
#pragma omp parallel reduction(+ : team)
    team += 1;
    if (team != lane.workers) refuse(lane.control, "team", "the OpenMP run-time gave fewer threads than asked for");
  }
  if (!trusted && !seal_is_prepared())
    if (const auto made = prepare_seal(); !made) refuse(lane.control, "seal", made.error().message.c_str());
  wait_change(lane.control->bell, first_bell - 1);

  const std::string image = "/proc/self/fd/" + std::to_string(image_fd);
  void* library = dlopen(image.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) refuse(lane.control, "load", dlerror());
  lane.kernels = static_cast<Kernel const*>(dlsym(library, "ridgeline_entries"));
  const auto* count = static_cast<const std::uint32_t*>(dlsym(library, "ridgeline_entry_count"));
  if (!lane.kernels || !count) refuse(lane.control, "load", "no entry table");
  lane.kernel_count = *count;

  const int null = open("/dev/null", O_RDONLY);
  if (null >= 0) dup2(null, 0);
  close_range(3, ~0u, 0);
  if (const auto sealed = trusted ? Result<void>() : seal_lane(&lane.control->forbidden_call); !sealed)
    refuse(lane.control, "seal", sealed.error().message.c_str());
  tell(lane.control->answer, phase_word(first_bell, Phase::idle));
  lane.serve();
}

// One request with its three descriptors; false at the end.
bool receive(int socket, LaneRequest& request, int (&fds)[3]) {
  alignas(cmsghdr) char space[CMSG_SPACE(sizeof fds)] = {};
  iovec data{&request, sizeof request};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = space;
  message.msg_controllen = sizeof space;
  ssize_t n = 0;
  do n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  const cmsghdr* rights = CMSG_FIRSTHDR(&message);
  if (n != ssize_t(sizeof request) || !rights || rights->cmsg_len != CMSG_LEN(sizeof fds)) return false;
  std::memcpy(fds, CMSG_DATA(rights), sizeof fds);
  return true;
}

// A copy of this process whose parent is this one's parent, which can then stop it and wait for it. Not by fork(),
// which knows no such thing: so glibc must be told its new thread id, where the system says which word that is. 0 in
// the copy.
pid_t fork_sibling() {
  int* id = nullptr;
  if (prctl(PR_GET_TID_ADDRESS, &id) != 0 || !id) return -1;
  const long made = syscall(SYS_clone, CLONE_PARENT | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, nullptr,
                            nullptr, id, nullptr);
  return pid_t(made);
}

// Where things lie in memory is this process's luck; forks would all share one draw of it.
void move_around() {
  std::uint16_t pages = 0;
  if (getrandom(&pages, sizeof pages, GRND_NONBLOCK) != sizeof pages || pages == 0) return;
  (void)mmap(nullptr, pages * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

}  // namespace

int lane_main(int argc, char** argv) {
  if (argc != 4) return 2;
  // A task's own baseline may link a library that makes threads and places memory as it likes; a candidate never gets
  // here so.
  const bool trusted = std::strcmp(argv[3], "trusted") == 0;
  LaneRequest request;
  request.workers = std::atoi(argv[0]);
  request.shared_bytes = std::strtoull(argv[1], nullptr, 10);
  request.address_space = std::strtoull(argv[2], nullptr, 10);
  enter_lane_namespaces();
  become_lane(request, trusted);
}

int lanes_main() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  enter_lane_namespaces();
  if (!prepare_seal()) return 4;
  for (;;) {
    LaneRequest request;
    int fds[3] = {-1, -1, -1};
    if (!receive(request_fd, request, fds)) return 0;
    int answer = fork_sibling();
    if (answer == 0) {
      setpgid(0, 0);
      int high[3];
      for (int i = 0; i < 3; ++i) high[i] = fcntl(fds[i], F_DUPFD, 64);
      dup2(high[0], shared_fd);  // in the place of the socket
      dup2(high[1], image_fd);
      dup2(high[2], 1);
      dup2(high[2], 2);
      close_range(5, ~0u, 0);
      move_around();
      become_lane(request, false);
    }
    if (answer < 0) answer = -errno;
    for (const int fd : fds) close(fd);
    if (send(request_fd, &answer, sizeof answer, MSG_NOSIGNAL) != sizeof answer) return 0;
  }
}

}  // namespace ridge::cpu
