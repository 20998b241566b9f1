#include "device/cpu/lane.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/random.h"
#include "base/subprocess.h"
#include "confine/confine.h"
#include "device/cpu/internal/processors.h"
#include "device/cpu/internal/protocol.h"

namespace ridge::cpu {
namespace {

constexpr std::size_t output_limit = 64 << 10;
constexpr std::uint64_t most_populated = 64 << 20;
constexpr std::size_t most_spares = 4;

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Short spinning at barriers, then sleep: between calls no thread may use the processor.
char** lane_environment() {
  static char spin[] = "GOMP_SPINCOUNT=20000", blocktime[] = "KMP_BLOCKTIME=0", bind[] = "OMP_PROC_BIND=false";
  static char* environment[] = {spin, blocktime, bind, nullptr};
  return environment;
}

}  // namespace

// The memory that a parent and a worker share. Nothing of an earlier user is left in it.
class SharedMemory {
 public:
  SharedMemory() = default;
  SharedMemory(SharedMemory&& o) noexcept { *this = std::move(o); }
  SharedMemory& operator=(SharedMemory&& o) noexcept {
    std::swap(file_, o.file_);
    std::swap(at_, o.at_);
    std::swap(bytes_, o.bytes_);
    return *this;
  }
  ~SharedMemory() {
    if (at_) munmap(at_, bytes_);
  }
  static Result<SharedMemory> make(std::uint64_t bytes) {
    SharedMemory m;
    m.file_ = Fd(memfd_create("ridgeline-lane", MFD_CLOEXEC));
    if (m.file_.get() < 0) return world("memfd_create: {}", std::strerror(errno));
    if (ftruncate(m.file_.get(), off_t(bytes)) != 0) return world("ftruncate: {}", std::strerror(errno));
    void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, m.file_.get(), 0);
    if (p == MAP_FAILED) return world("mapping {} bytes for buffer sets: {}", bytes, std::strerror(errno));
    m.at_ = static_cast<std::byte*>(p);
    m.bytes_ = bytes;
    return m;
  }
  // As new, but most of its pages are there already: making them is what costs. False when it cannot be.
  bool clear() {
    std::memset(at_, 0, page);
    const std::uint64_t arena = page + program_bytes;
    // Anywhere in it may stand what one candidate wants to tell another.
    if (madvise(at_ + page, program_bytes, MADV_REMOVE) != 0) return false;
    std::memset(at_ + arena, 0, bytes_ - arena);
    return true;
  }
  int file() const { return file_.get(); }
  std::byte* at() const { return at_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  Fd file_;
  std::byte* at_ = nullptr;
  std::uint64_t bytes_ = 0;
};

// What lanes leave behind: processes that were killed and whose end nobody needs to wait for, and memory that the next
// lane of its size can have once they are gone.
class Remains {
 public:
  ~Remains() {
    for (const Remain& r : dying_) wait(r);
  }
  Result<SharedMemory> memory(std::uint64_t bytes) {
    for (auto r = dying_.begin(); r != dying_.end();) {
      // Not where it is known to have ended: a wait for -1 would take the end of any other child from who asks for it.
      if (dying_.size() <= most && r->pid > 0 && waitpid(r->pid, nullptr, WNOHANG) == 0) {
        ++r;
        continue;
      }
      wait(*r);
      if (r->memory.bytes() - page - program_bytes <= most_kept) free_.push_back(std::move(r->memory));
      r = dying_.erase(r);
    }
    while (free_.size() > most) free_.pop_front();
    const auto fits = std::ranges::find(free_, bytes, &SharedMemory::bytes);
    if (fits == free_.end()) return SharedMemory::make(bytes);
    SharedMemory m = std::move(*fits);
    free_.erase(fits);
    return m.clear() ? Result<SharedMemory>(std::move(m)) : SharedMemory::make(bytes);
  }
  void take(pid_t pid, SharedMemory memory) { dying_.push_back({pid, std::move(memory)}); }

 private:
  static constexpr std::size_t most = 6;
  static constexpr std::uint64_t most_kept = 64 << 20;
  struct Remain {
    pid_t pid = -1;
    SharedMemory memory;
  };
  static void wait(const Remain& r) {
    if (r.pid > 0) await_child(r.pid);
  }
  std::deque<Remain> dying_;
  std::deque<SharedMemory> free_;
};

// The process that confined lanes are forked from; started when it is first needed, and again when it has ended. Where
// it does not work, each lane is a program started anew.
class Nursery {
 public:
  explicit Nursery(std::string worker) : worker_(std::move(worker)) {}
  ~Nursery() { end(); }
  Nursery(const Nursery&) = delete;
  Nursery& operator=(const Nursery&) = delete;

  struct Forked {
    std::optional<pid_t> pid;
    bool lost = false;  // somebody killed it while it was asked: a process that nobody knows may have the descriptors
  };
  Forked fork(const LaneRequest& request, const std::array<int, 3>& fds) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return {};  // their run-times expect to see every fork
#endif
    if (given_up_) return {};
    if (pid_ < 0 && !start()) return give_up();
    if (const auto pid = ask(request, fds)) {
      lost_ = 0;
      return {pid};
    }
    end();
    if (++lost_ > 1) return give_up();
    return {std::nullopt, true};
  }

 private:
  Forked give_up() {
    const bool lost = lost_ > 0;
    end();
    given_up_ = true;
    return {std::nullopt, lost};
  }
  bool start() {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return false;
    ours_ = Fd(pair[0]);
    const Fd theirs(pair[1]), high(fcntl(pair[1], F_DUPFD_CLOEXEC, 64));
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, high.get(), request_fd);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    char kind[] = "lanes";
    char* argv[] = {worker_.data(), kind, nullptr};
    const int error = posix_spawn(&pid_, worker_.c_str(), &actions, &attributes, argv, lane_environment());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) pid_ = -1;
    return error == 0;
  }
  std::optional<pid_t> ask(const LaneRequest& request, const std::array<int, 3>& fds) {
    alignas(cmsghdr) char space[CMSG_SPACE(sizeof fds)] = {};
    LaneRequest copy = request;
    iovec data{&copy, sizeof copy};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = space;
    message.msg_controllen = sizeof space;
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof fds);
    std::memcpy(CMSG_DATA(rights), fds.data(), sizeof fds);
    if (sendmsg(ours_.get(), &message, MSG_NOSIGNAL) != ssize_t(sizeof copy)) return std::nullopt;
    int answer = -1;
    pollfd wait{ours_.get(), POLLIN, 0};
    if (::poll(&wait, 1, 5000) != 1 || recv(ours_.get(), &answer, sizeof answer, 0) != ssize_t(sizeof answer))
      return std::nullopt;
    return answer > 0 ? std::optional<pid_t>(answer) : std::nullopt;
  }
  void end() {
    ours_ = Fd();
    end_child(pid_);
  }

  std::string worker_;
  Fd ours_;
  pid_t pid_ = -1;
  bool given_up_ = false;
  int lost_ = 0;  // in a row
};

class CpuLane : public Lane {
 public:
  CpuLane(const LaneHost& host, const LaneSpec& spec, bool trusted, std::shared_ptr<Nursery> nursery,
          std::shared_ptr<Remains> remains)
      : host_(host),
        spec_(spec),
        trusted_(trusted),
        nursery_(std::move(nursery)),
        remains_(std::move(remains)),
        workers_(spec.workers) {
    spec_.binary = nullptr;
  }

  ~CpuLane() override {
    if (pid_ > 0) {
      kill(-pid_, SIGKILL);
      kill(pid_, SIGKILL);
    }
    remains_->take(pid_, std::move(shared_));
  }

  // Starts the process, which makes itself ready for a candidate that may not be known yet.
  Result<void> begin() {
    RIDGE_TRY_VOID(prepare());
    while (!trusted_) {
      const Nursery::Forked forked = nursery_->fork({workers_, shared_.bytes(), address_space()},
                                                    {shared_.file(), image_file_.get(), output_.get()});
      if (forked.pid) {
        pid_ = *forked.pid;
        return {};
      }
      if (!forked.lost) break;
      // Two processes at one doorbell would be one too many: an unknown one hears the bell, finds no image and ends.
      ring();
      bell_ = 0;
      shared_ = SharedMemory();
      RIDGE_TRY_VOID(prepare());
    }
    return spawn(image_file_.get());
  }

  // Gives it the candidate, whose kernels begin at `first_kernel` of the image's table.
  Result<Judged<void>> load(std::shared_ptr<const std::vector<std::byte>> image, std::uint32_t first_kernel) {
    image_ = std::move(image);
    first_kernel_ = first_kernel;
    const auto& bytes = *image_;
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t n = ::write(image_file_.get(), bytes.data() + at, bytes.size() - at);
      if (n <= 0) return world("writing the image: {}", std::strerror(errno));
      at += std::size_t(n);
    }
    image_file_ = Fd();  // the worker has its own
    control_->command = Command::load_image;
    ring();
    RIDGE_CHECK(bell_ == first_bell, "the image is a process's first command");
    auto ready = wait_for(phase_word(bell_, Phase::idle), 10.0, "load", awake(Wait::moment));
    if (ready && *ready) leave_the_watch_alone();
    return ready;
  }

  // Can this one, begun ahead, serve `spec`? One that has ended meanwhile cannot.
  bool serves(const LaneSpec& spec, bool trusted) {
    if (trusted != trusted_ || spec.workers != spec_.workers || spec.memory_limit != spec_.memory_limit) return false;
    if (spec.arena_bytes != spec_.arena_bytes) return false;
    int status = 0;
    if (pid_ > 0 && waitpid(pid_, &status, WNOHANG) == pid_) pid_ = -1;
    return pid_ > 0;
  }

  Result<Judged<void>> allot(const ResolvedPlan& plan, std::uint32_t sets) override {
    if (auto settled = settle(); !settled || !*settled) return settled;
    const int team = plan.workers != 0 ? int(plan.workers) : spec_.workers;
    if (auto fits = one_team(plan, team); !fits) return Result<Judged<void>>(std::move(fits));
    if (team != workers_) {  // a team cannot grow once no thread may be made
      if (auto again = restart(team); !again || !*again) return again;
    }
    layout_ = layout_of(plan);
    sets_ = sets;
    RIDGE_CHECK(sets >= 1 && layout_.stride * sets <= spec_.arena_bytes,
                "a lane is opened with room for every plan it will run");
    const std::vector<std::uint64_t> words = encode_program(plan, layout_, sets, first_kernel_);
    if (words.size() * 8 > program_bytes)
      return Judged<void>(
          std::unexpected(Fault{Verdict::rejected, Reason::too_large, "load", "the unrolled plan is too long"}));
    // All pages at once: one by one they cost a fault each, here and in the worker.
    if (const std::uint64_t bytes = layout_.stride * sets; bytes <= most_populated)
      madvise(arena_, bytes, MADV_POPULATE_WRITE);  // fails on older systems, harmlessly
    for (std::uint32_t s = 0; s < sets; ++s)
      for (const Layout::Region& r : layout_.regions) {
        fill_canary(s, r.begin, r.buffer);
        fill_canary(s, r.buffer + r.bytes, r.end);
      }
    // The same plan again, in no more sets than before: guards stand where they stood.
    if (!words_.empty() && words[0] <= words_[0] &&
        std::equal(words.begin() + 1, words.end(), words_.begin() + 1, words_.end()))
      return Judged<void>();
    std::memcpy(shared_.at() + page, words.data(), words.size() * 8);
    control_->program_words = words.size();
    words_ = words;
    return command(Command::load_plan, 30.0);
  }

  Result<void> write(std::uint32_t set, std::uint32_t storage, std::span<const std::byte> bytes) override {
    const Layout::Region& r = layout_.regions[storage];
    RIDGE_CHECK(bytes.size() == r.bytes, "a storage is written whole");
    std::memcpy(arena_ + set * layout_.stride + r.buffer, bytes.data(), bytes.size());
    return {};
  }

  Result<void> read(std::uint32_t set, std::uint32_t storage, std::span<std::byte> bytes) override {
    freeze();
    const Layout::Region& r = layout_.regions[storage];
    RIDGE_CHECK(bytes.size() == r.bytes, "a storage is read whole");
    std::memcpy(bytes.data(), arena_ + set * layout_.stride + r.buffer, bytes.size());
    return {};
  }

  Result<Judged<Burst>> run(std::uint32_t first, std::uint32_t count, double time_limit_s, bool cold) override {
    RIDGE_CHECK(count >= 1 && first + count <= sets_, "only allotted sets are run");
    Burst burst;
    const StandOn watch(stands_beside() ? &processors().watch : nullptr);
    const std::uint32_t step = cold ? 1 : count;
    for (std::uint32_t at = first; at < first + count; at += step) {
      if (auto settled = settle(); !settled || !*settled) return pass_on<Burst>(std::move(settled));
      if (cold) {
        control_->sweep_bytes = 2 * host_.last_cache_bytes;
        auto swept = command(Command::sweep, 30.0);
        if (!swept || !*swept) return pass_on<Burst>(std::move(swept));
      }
      control_->first = at;
      control_->count = step;
      control_->command = Command::run;
      const std::int64_t asked = now_ns();
      ring();
      auto armed = wait_for(phase_word(bell_, Phase::armed), 10.0 + time_limit_s, "launch", awake(Wait::moment));
      if (!armed || !*armed) return pass_on<Burst>(std::move(armed));
      const std::int64_t begin = now_ns();
      control_->go.store(bell_, std::memory_order_release);
      auto done = wait_for(phase_word(bell_, Phase::done), time_limit_s, "run", awake(Wait::spin));
      const std::int64_t end = stamp_;
      if (!done || !*done) return pass_on<Burst>(std::move(done));
      burst.seconds += double(end - begin) * 1e-9;
      // Frozen until the next command: whoever answers "done" too early is compared as it stands at that moment.
      freeze();
      if (death_) return pass_on<Burst>(ended(*death_, "run"));
      unsettled_ = true;
      burst.samples.insert(burst.samples.end(), control_->samples,
                           control_->samples + std::min<std::uint32_t>(step, 256));
      burst.waited += std::clamp(control_->waited, 0.0, double(begin - asked) * 1e-9);
      burst.probe_before = burst.probe_before == 0 ? control_->probe_before : burst.probe_before;
    }
    return Judged<Burst>(std::move(burst));
  }

  void steady(double probe_seconds, double patience_s) override {
    control_->probe_reference = probe_seconds;
    control_->probe_patience = patience_s;
  }

  Result<Judged<void>> inspect(std::uint32_t set) override {
    freeze();
    for (std::size_t i = 0; i < layout_.regions.size(); ++i) {
      const Layout::Region& r = layout_.regions[i];
      if (const auto before = canary_damage(set, r.begin, r.buffer))
        return bounds_fault(i, fmt::format("{} byte(s) before its beginning", r.buffer - before->first));
      if (const auto behind = canary_damage(set, r.buffer + r.bytes, r.end))
        return bounds_fault(i, fmt::format("{} byte(s) behind its end", behind->second - (r.buffer + r.bytes) + 1));
    }
    return Judged<void>();
  }

  Result<Judged<void>> idle_check() override {
    if (auto settled = settle(); !settled || !*settled) return settled;
    if (workers_ <= 1) return Judged<void>();  // no thread but the one that waits for the doorbell
    const auto late = [](double used) {
      return Judged<void>(std::unexpected(
          Fault{Verdict::wrong_result, Reason::late_work, "check",
                fmt::format("threads used {:.1f} ms of processor time after the call had returned", used * 1e3)}));
    };
    // Barriers of the OpenMP run-time spin for a moment before they sleep: until then processor time is forgiven, as
    // much as all of them need. On a busy machine a thread that has not got its turn looks runnable, not asleep.
    const double start = cpu_seconds(), forgiven = 0.002 * workers_;
    for (const std::int64_t begin = now_ns(); any_runnable();) {
      const double used = cpu_seconds() - start;
      if (used > forgiven || now_ns() - begin > 2'000'000'000) return late(used);
      pause_ms(1);
    }
    const double before = cpu_seconds();
    pause_ms(3);
    const double used = cpu_seconds() - before;
    if (used > 0.001) return late(used);
    return Judged<void>();
  }

  std::string output(bool& cut) override {
    const off_t end = lseek(output_.get(), 0, SEEK_CUR);  // shared with the worker: how much it wrote
    std::string text(std::size_t(std::max<off_t>(end, 0)), '\0');
    const ssize_t n = pread(output_.get(), text.data(), text.size(), 0);
    text.resize(std::size_t(std::max<ssize_t>(n, 0)));
    cut = text.size() + 4096 > output_limit;
    return text;
  }

 private:
  template <class T>
  static Result<Judged<T>> pass_on(Result<Judged<void>> r) {
    if (!r) return std::unexpected(std::move(r).error());
    return Judged<T>(std::unexpected(std::move(*r).error()));
  }

  // The parent has a processor of its own beside this lane's team.
  bool stands_beside() const { return workers_ < host_.cores && processors().split; }
  // Every thread that this lane will ever have is there once its candidate is loaded.
  void leave_the_watch_alone() const {
    if (!stands_beside()) return;
    std::error_code ignored;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task", ignored))
      if (const pid_t id = std::atoi(thread.path().filename().c_str()); id > 0)
        sched_setaffinity(id, sizeof(cpu_set_t), &processors().kernels);
  }

  Result<void> prepare() {
    RIDGE_TRY(shared_, remains_->memory(page + program_bytes + spec_.arena_bytes));
    image_file_ = Fd(memfd_create("ridgeline-image", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    output_ = Fd(memfd_create("ridgeline-output", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (image_file_.get() < 0 || output_.get() < 0) return world("memfd_create: {}", std::strerror(errno));
    if (ftruncate(output_.get(), output_limit) != 0) return world("ftruncate: {}", std::strerror(errno));
    fcntl(output_.get(), F_ADD_SEALS,
          F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);  // printing more than this fails, harmlessly
    control_ = new (shared_.at()) Control{};
    control_->forbidden_call = -1;
    control_->answer = phase_word(0, Phase::armed);
    arena_ = shared_.at() + page + program_bytes;
    return {};
  }
  // Room beyond the shared memory: the program itself, libraries, thread stacks (of which only touched pages count).
  std::uint64_t address_space() const { return shared_.bytes() + 4 * spec_.memory_limit + (8ull << 30); }

  // A program of its own instead of a fork.
  Result<void> spawn(int image) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    // Descriptors may already stand at the target numbers: go through high ones.
    const int high_shared = fcntl(shared_.file(), F_DUPFD_CLOEXEC, 64);
    const int high_image = fcntl(image, F_DUPFD_CLOEXEC, 64);
    const int high_output = fcntl(output_.get(), F_DUPFD_CLOEXEC, 64);
    posix_spawn_file_actions_adddup2(&actions, high_output, 1);
    posix_spawn_file_actions_adddup2(&actions, high_output, 2);
    posix_spawn_file_actions_adddup2(&actions, high_shared, shared_fd);
    posix_spawn_file_actions_adddup2(&actions, high_image, image_fd);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    std::string workers = std::to_string(workers_), bytes = std::to_string(shared_.bytes()),
                space = std::to_string(address_space());
    char command[] = "lane";
    std::string trust = trusted_ ? "trusted" : "confined";
    char* argv[] = {const_cast<char*>(host_.worker.c_str()),
                    command,
                    workers.data(),
                    bytes.data(),
                    space.data(),
                    trust.data(),
                    nullptr};
    const int error = posix_spawn(&pid_, host_.worker.c_str(), &actions, &attributes, argv, lane_environment());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    for (const int fd : {high_shared, high_image, high_output}) ::close(fd);
    if (error != 0) {
      pid_ = -1;
      return world("{}: {}; is ridgeline-worker beside ridgeline?", host_.worker, std::strerror(error));
    }
    return {};
  }

  void ring() {
    ++bell_;
    control_->bell.store(bell_, std::memory_order_release);
    syscall(SYS_futex, &control_->bell, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
  }

  Result<Judged<void>> command(Command c, double limit_s) {
    control_->command = c;
    ring();
    return wait_for(phase_word(bell_, Phase::idle), limit_s, "launch", awake(Wait::moment));
  }

  // Phases of one command come in order and may be passed quickly: any later phase of the same command answers an
  // earlier wait.
  static bool reached(std::uint32_t answer, std::uint32_t wanted) {
    return answer / 4 == wanted / 4 && answer % 4 >= wanted % 4;
  }

  // Spin: a core is free for us, so the stamp is exact to a fraction of a microsecond. Sleep: the stamp includes one
  // wake-up. Answers that usually come at once are awaited awake for a moment, where a core is free.
  enum class Wait : std::uint8_t { sleep, moment, spin };
  Wait awake(Wait how) const { return workers_ < host_.cores ? how : Wait::sleep; }

  // Waits for the worker, its death, the time limit or the memory limit.
  Result<Judged<void>> wait_for(std::uint32_t wanted, double limit_s, const char* stage, Wait how) {
    constexpr std::int64_t moment_ns = 1'000'000;
    const std::int64_t begin = now_ns();
    std::int64_t looked = begin;
    Patience patience(limit_s);
    for (;;) {
      const bool spin = how == Wait::spin || (how == Wait::moment && now_ns() - begin < moment_ns);
      const std::uint32_t answer = control_->answer.load(std::memory_order_acquire);
      if (reached(answer, wanted)) {
        stamp_ = now_ns();
        if (answer % 4 == std::uint32_t(Phase::refused)) return refused();
        return Judged<void>();
      }
      if (spin) {
        for (int i = 0; i < 64 && control_->answer.load(std::memory_order_acquire) == answer; ++i) pause_briefly();
      } else {
        const timespec slice{0, now_ns() - begin < 2'000'000 ? 500'000 : 5'000'000};
        syscall(SYS_futex, &control_->answer, FUTEX_WAIT, answer, &slice, nullptr, 0);
      }
      const std::int64_t t = now_ns();
      if (t - looked < 2'000'000 && spin) continue;
      if (control_->answer.load(std::memory_order_acquire) != answer) continue;
      looked = t;
      if (death_) return ended(*death_, stage);
      int status = 0;
      if (pid_ <= 0 || waitpid(pid_, &status, WNOHANG) == pid_) return ended(status, stage);
      if (patience.over()) {
        end_process();
        return Judged<void>(
            std::unexpected(Fault{Verdict::timed_out, Reason::time_limit, stage,
                                  fmt::format("no answer within {:.3g} s; the process was killed", limit_s)}));
      }
      if (const std::uint64_t resident = anonymous_bytes(); resident > spec_.memory_limit) {
        end_process();
        return Judged<void>(std::unexpected(Fault{Verdict::crashed, Reason::memory_limit, stage,
                                                  fmt::format("{} MiB of memory of its own in use, {} MiB are allowed",
                                                              resident >> 20, spec_.memory_limit >> 20)}));
      }
    }
  }

  Result<Judged<void>> refused() {
    char text[sizeof control_->message];
    std::memcpy(text, control_->message, sizeof text);
    text[sizeof text - 1] = 0;
    const std::string message = text;
    end_process();
    // Before the first command nothing of the candidate has run; later the message may be its own.
    if (bell_ > first_bell)
      return Judged<void>(std::unexpected(
          Fault{Verdict::launch_failed, Reason::launch, "launch", "the worker could not make sense of its command"}));
    if (message.starts_with("team") || message.starts_with("seal")) return world("lane worker: {}", message);
    return Judged<void>(std::unexpected(
        Fault{Verdict::launch_failed, Reason::launch, "load", "the image cannot be loaded: " + message}));
  }

  Result<Judged<void>> ended(int status, const char* stage) {
    const int note = control_->forbidden_call;
    pid_ = -1;
    Fault fault{Verdict::crashed, Reason::exit, stage, ""};
    if (WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) == forbidden_exit && note >= 0)) {
      if (note >= 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)) {
        fault.reason = Reason::forbidden_call;
        // The trap cannot note its call while signals are blocked; glibc blocks them where it makes threads and
        // processes.
        const std::string call =
            note >= 0 ? call_name(note) : "clone (or another call made while signals were blocked)";
        fault.text = call + ": kernels may compute and allocate, nothing else";
      } else {
        // The system's own watcher of memory kills without a word.
        const bool starved = WTERMSIG(status) == SIGKILL && last_resident_ > spec_.memory_limit / 2;
        // A sealed process cannot send itself this one, and nothing that it may do brings it about.
        if (WTERMSIG(status) == SIGKILL && !starved && !trusted_)
          return world(
              "a kernel's process was killed by somebody else while it used {} MiB of memory (by the system, "
              "if memory was short; see dmesg): nothing was recorded for it, resume the run",
              last_resident_ >> 20);
        fault.reason = starved ? Reason::memory_limit : Reason::signal;
        fault.text = fmt::format("ended by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
        if (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS)
          fault.text += ": an access outside the buffers or behind a guard page";
      }
    } else {
      fault.text = fmt::format("the process ended with status {}", WEXITSTATUS(status));
      if (last_resident_ > spec_.memory_limit / 2) fault.reason = Reason::memory_limit;
    }
    return Judged<void>(std::unexpected(std::move(fault)));
  }

  void end_process() {
    end_child(pid_);
    frozen_ = false;
  }

  // libgomp ends the threads that a smaller team leaves over, and could not make them again.
  static Judged<void> one_team(const ResolvedPlan& plan, int team) {
    for (const auto* steps : {&plan.setup, &plan.steps})
      for (const ResolvedStep& s : *steps)
        if (s.kind == ResolvedStep::Kind::launch && s.workers > 1 && int(s.workers) != team)
          return std::unexpected(Fault{Verdict::rejected, Reason::plan, "load",
                                       fmt::format("workers = {} beside workers = {}: the launches of one plan use one "
                                                   "team, or one thread",
                                                   s.workers, team)});
    return {};
  }

  Result<Judged<void>> restart(int team) {
    end_process();
    remains_->take(-1, std::move(shared_));
    bell_ = 0;
    frozen_ = unsettled_ = false;
    death_.reset();
    words_.clear();
    workers_ = team;
    RIDGE_TRY_VOID(begin());
    return load(image_, first_kernel_);
  }

  // Lets the worker finish what it does after "done": it is then idle, and not frozen.
  Result<Judged<void>> settle() {
    thaw();
    if (!std::exchange(unsettled_, false)) return Judged<void>();
    return wait_for(phase_word(bell_, Phase::idle), 10.0, "run", awake(Wait::moment));
  }

  void freeze() {
    if (frozen_ || pid_ <= 0) return;
    kill(pid_, SIGSTOP);
    int status = 0;
    while (waitpid(pid_, &status, WUNTRACED) < 0 && errno == EINTR) {
    }
    frozen_ = WIFSTOPPED(status);
    if (!frozen_) {  // it died instead: the next command finds out
      death_ = status;
      pid_ = -1;
    }
  }
  void thaw() {
    if (!frozen_ || pid_ <= 0) return;
    kill(pid_, SIGCONT);
    frozen_ = false;
  }

  // Canaries: a pattern that depends on the lane's secret and the place, so that copying a neighbour's does not help.
  std::uint64_t canary_word(std::uint64_t set, std::uint64_t word) const {
    const std::uint64_t x = (word + set * 0x9E3779B97F4A7C15ull) * canary_key_;
    return x ^ x >> 29;
  }
  std::byte canary_at(std::uint64_t set, std::uint64_t at) const {
    return std::byte(canary_word(set, at / 8) >> 8 * (at % 8) & 255);
  }
  void fill_canary(std::uint64_t set, std::uint64_t from, std::uint64_t to) {
    std::byte* base = arena_ + set * layout_.stride;
    std::uint64_t at = from;
    for (; at < to && at % 8 != 0; ++at) base[at] = canary_at(set, at);
    for (; at + 8 <= to; at += 8) {
      const std::uint64_t word = canary_word(set, at / 8);
      std::memcpy(base + at, &word, 8);
    }
    for (; at < to; ++at) base[at] = canary_at(set, at);
  }
  std::optional<std::pair<std::uint64_t, std::uint64_t>> canary_damage(std::uint64_t set, std::uint64_t from,
                                                                       std::uint64_t to) const {
    const std::byte* base = arena_ + set * layout_.stride;
    std::optional<std::pair<std::uint64_t, std::uint64_t>> damage;
    for (std::uint64_t at = from; at < to;) {
      std::uint64_t word = 0;
      if (at % 8 == 0 && at + 8 <= to && (std::memcpy(&word, base + at, 8), word == canary_word(set, at / 8))) {
        at += 8;
        continue;
      }
      if (base[at] != canary_at(set, at)) damage = damage ? std::pair{damage->first, at} : std::pair{at, at};
      ++at;
    }
    return damage;
  }
  Result<Judged<void>> bounds_fault(std::size_t storage, const std::string& where) const {
    return Judged<void>(std::unexpected(
        Fault{Verdict::wrong_result, Reason::bounds, "check", fmt::format("storage {}: written {}", storage, where)}));
  }

  // Memory of the process's own, without the shared arena.
  std::uint64_t anonymous_bytes() {
    std::ifstream in("/proc/" + std::to_string(pid_) + "/statm");
    std::uint64_t total = 0, resident = 0, shared = 0;
    if (!(in >> total >> resident >> shared)) return 0;
    last_resident_ = (resident - std::min(shared, resident)) * page;
    return last_resident_;
  }

  // Processor time of all its threads: schedstat counts nanoseconds, stat (in ticks) is the fallback.
  double cpu_seconds() const {
    double seconds = 0;
    std::error_code ignored;
    const std::string folder = "/proc/" + std::to_string(pid_) + "/task";
    for (const auto& thread : std::filesystem::directory_iterator(folder, ignored)) {
      std::ifstream precise(thread.path() / "schedstat");
      std::uint64_t ns = 0;
      if (precise >> ns) {
        seconds += double(ns) * 1e-9;
        continue;
      }
      std::ifstream coarse(thread.path() / "stat");
      std::string text((std::istreambuf_iterator<char>(coarse)), {});
      const std::size_t close = text.rfind(')');
      if (close == std::string::npos) continue;
      std::istringstream fields(text.substr(close + 1));
      std::string skip;
      for (int i = 0; i < 11; ++i) fields >> skip;
      double user = 0, system = 0;
      fields >> user >> system;
      seconds += (user + system) / double(sysconf(_SC_CLK_TCK));
    }
    return seconds;
  }
  // Does any thread run or wait for its turn? One that cannot be looked at has ended.
  bool any_runnable() const {
    std::error_code ignored;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task", ignored)) {
      std::ifstream in(thread.path() / "stat");
      const std::string text((std::istreambuf_iterator<char>(in)), {});
      const std::size_t close = text.rfind(')');
      if (close != std::string::npos && close + 2 < text.size() && text[close + 2] == 'R') return true;
    }
    return false;
  }
  static void pause_ms(int ms) { ::poll(nullptr, 0, ms); }

  LaneHost host_;
  LaneSpec spec_;  // without its binary
  bool trusted_;
  std::shared_ptr<Nursery> nursery_;
  std::shared_ptr<Remains> remains_;
  std::shared_ptr<const std::vector<std::byte>> image_;
  std::uint32_t first_kernel_ = 0;  // of the candidate, in the image's table
  int workers_;                     // of the process that runs: the plan's own team where it names one
  SharedMemory shared_;
  Fd image_file_, output_;
  std::byte* arena_ = nullptr;
  Control* control_ = nullptr;
  pid_t pid_ = -1;
  std::uint32_t bell_ = 0;
  std::int64_t stamp_ = 0;
  bool frozen_ = false;
  bool unsettled_ = false;    // the last run is done, and the worker was stopped before it said that it is idle
  std::optional<int> death_;  // wait status, when it ended while being frozen
  Layout layout_;
  std::uint32_t sets_ = 0;
  std::vector<std::uint64_t> words_;  // of the plan that the worker has
  std::uint64_t last_resident_ = 0;
  std::uint64_t canary_key_ = Secret::from_entropy().seed("canary", 0) | 1;
};

struct Lanes::State {
  explicit State(LaneHost h) : host(std::move(h)), nursery(std::make_shared<Nursery>(host.worker)) {}
  LaneHost host;
  std::shared_ptr<Nursery> nursery;
  std::shared_ptr<Remains> remains = std::make_shared<Remains>();
  std::deque<std::unique_ptr<CpuLane>> spares;  // oldest first

  // Sizes of one class are interchangeable; only what is touched of an arena exists.
  static LaneSpec classed(LaneSpec spec) {
    spec.arena_bytes = std::bit_ceil(std::max<std::uint64_t>(spec.arena_bytes, 1 << 20));
    return spec;
  }
  static bool trusted(const LaneSpec& spec) { return spec.binary && spec.binary->trusted; }
};

Lanes::Lanes(LaneHost host) : state_(std::make_unique<State>(std::move(host))) {}
Lanes::~Lanes() = default;

Result<Judged<std::unique_ptr<Lane>>> Lanes::open(const LaneSpec& given) {
  const LaneSpec spec = State::classed(given);
  const bool trusted = State::trusted(spec);
  auto& spares = state_->spares;
  std::unique_ptr<CpuLane> lane;
  const auto ready = std::ranges::find_if(spares, [&](const auto& spare) { return spare->serves(spec, trusted); });
  if (ready != spares.end()) {
    lane = std::move(*ready);
    spares.erase(ready);
  } else {
    lane = std::make_unique<CpuLane>(state_->host, spec, trusted, state_->nursery, state_->remains);
    RIDGE_TRY_VOID(lane->begin());
  }
  RIDGE_TRY(auto loaded, lane->load(given.binary->image, given.binary->first_kernel));
  if (!loaded) return Judged<std::unique_ptr<Lane>>(std::unexpected(std::move(loaded).error()));
  return Judged<std::unique_ptr<Lane>>(std::move(lane));
}

void Lanes::expect(const LaneSpec& given, int count) {
  const LaneSpec spec = State::classed(given);
  const bool trusted = State::trusted(spec);
  auto& spares = state_->spares;
  count = std::min<int>(count, int(most_spares));
  for (auto& spare : spares) count -= spare->serves(spec, trusted);
  for (; count > 0; --count) {
    auto lane = std::make_unique<CpuLane>(state_->host, spec, trusted, state_->nursery, state_->remains);
    if (!lane->begin()) return;  // open() will say why
    spares.push_back(std::move(lane));
  }
  while (spares.size() > most_spares) spares.pop_front();
}

}  // namespace ridge::cpu
