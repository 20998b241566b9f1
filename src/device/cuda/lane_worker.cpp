// A lane worker: one context on one device, driven by the parent's doorbell. Candidates come and go as modules; after
// an error that the context does not survive the process ends, and with it everything of theirs.
#include <chrono>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <linux/futex.h>
#include <nlohmann/json.hpp>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "device/cuda/internal/executor.h"
#include "device/cuda/worker.h"

namespace ridge::cuda {
namespace {

void wait_change(std::atomic<std::uint32_t>& word, std::uint32_t old) {
  for (int i = 0; i < 20'000; ++i) {
    if (word.load(std::memory_order_acquire) != old) return;
    pause_briefly();
  }
  while (word.load(std::memory_order_acquire) == old) syscall(SYS_futex, &word, FUTEX_WAIT, old, nullptr, nullptr, 0);
}

class LaneServer {
 public:
  LaneServer(Control* control, std::byte* program, std::byte* staging, Executor& executor)
      : control_(control), program_(program), staging_(staging), executor_(executor) {}

  void tell(Phase p) {
    control_->answer.store(phase_word(bell_, p), std::memory_order_release);
    syscall(SYS_futex, &control_->answer, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
  }
  void refuse(const Trouble& t) {
    control_->status = t.status;
    std::snprintf(control_->message, sizeof control_->message, "%s", t.what.c_str());
    tell(Phase::refused);
  }

  int serve() {
    for (;;) {
      wait_change(control_->bell, bell_);
      bell_ = control_->bell.load(std::memory_order_acquire);
      control_->status = 0;
      if (const Trouble t = obey())
        refuse(t);
      else
        tell(Phase::idle);
      if (executor_.broken()) return 0;
    }
  }

 private:
  Trouble obey() {
    Control& c = *control_;
    switch (c.command) {
      case Command::none:
        return {};
      case Command::support:
        return executor_.support(staging_);
      case Command::load: {
        if (image_.empty()) image_.reserve(c.total);
        image_.append(reinterpret_cast<const char*>(staging_), c.bytes);
        if (image_.size() < c.total) return {};
        const std::string image = std::move(image_);
        image_.clear();
        return executor_.load(image.data());
      }
      case Command::trust:
        executor_.trust();
        return {};
      case Command::unload:
        image_.clear();
        executor_.unload();
        return {};
      case Command::arena:
        return executor_.arena(c.total);
      case Command::program: {
        Program p;
        if (!decode(reinterpret_cast<const std::uint64_t*>(program_), c.total, p))
          return {1, "the plan's words make no program"};
        return executor_.program(c.index, std::move(p));
      }
      case Command::choose:
        return executor_.choose(c.index);
      case Command::to_device:
        return executor_.copy_in(c.total, staging_, c.bytes);
      case Command::poison:
        return executor_.poison(c.total, c.bytes, c.index, c.canary_key);
      case Command::to_host:
        return executor_.copy_out(staging_, c.total, c.bytes);
      case Command::canaries:
        return executor_.canaries(c.first, c.count, c.canary_key);
      case Command::inspect:
        return executor_.inspect(c.first, c.canary_key, reinterpret_cast<std::uint64_t*>(staging_));
      case Command::run:
        return run();
      case Command::count:
        return count();
    }
    return {1, "no such command"};
  }

  Trouble count() {
    Control& c = *control_;
    std::vector<std::string> metrics;
    for (std::size_t i = 0; i < known_metrics().size(); ++i)
      if (c.total >> i & 1) metrics.emplace_back(known_metrics()[i].name);
    std::vector<Executor::Range> ranges;
    int passes = 0;
    std::string note;
    if (Trouble t = executor_.count(c.first, metrics, ranges, passes, note)) return t;
    nlohmann::json j = {{"passes", passes}, {"note", note}, {"ranges", nlohmann::json::array()}};
    for (const Executor::Range& r : ranges)
      j["ranges"].push_back({{"kernel", r.kernel}, {"launches", r.launches}, {"values", r.values}});
    const std::string text = j.dump();
    if (text.size() > staging_bytes) return {counting_failed, "counters: more than there is room for"};
    std::memcpy(staging_, text.data(), text.size());
    c.bytes = text.size();
    return {};
  }

  Trouble run() {
    Control& c = *control_;
    const std::uint32_t first = c.first, count = c.count;
    // Back to back bursts share one look at the clock.
    constexpr auto recent = std::chrono::milliseconds(2);
    c.probe_before = std::chrono::steady_clock::now() - probed_ < recent ? c.probe_after : executor_.probe();
    if (Trouble t = executor_.arm(first, count, c.cold != 0)) return t;
    tell(Phase::armed);
    while (c.go.load(std::memory_order_acquire) != bell_) pause_briefly();
    if (Trouble t = executor_.fire(first, count)) return t;
    c.gate = executor_.gate();
    tell(Phase::done);
    double seconds = 0;
    if (Trouble t = executor_.event_seconds(seconds)) return t;
    c.event_seconds = seconds;
    c.probe_after = executor_.probe();
    probed_ = std::chrono::steady_clock::now();
    return {};
  }

  Control* control_;
  std::byte *program_, *staging_;
  Executor& executor_;
  std::uint32_t bell_ = 0;
  std::chrono::steady_clock::time_point probed_;
  std::string image_;
};

}  // namespace

int lane_main(int argc, char** argv) {
  if (argc != 1) return 2;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  void* shared = mmap(nullptr, shared_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, shared_fd, 0);
  if (shared == MAP_FAILED) return 3;
  auto* control = static_cast<Control*>(shared);
  auto* program = static_cast<std::byte*>(shared) + page;
  auto* staging = program + program_bytes;
  const auto driver = Driver::open();
  static Driver table;
  if (driver) table = *driver;
  Executor executor(table, std::atoi(argv[0]));
  LaneServer server(control, program, staging, executor);
  // The first bell is that of our own kernels: what the context says is the answer to it.
  Trouble t = driver ? executor.start() : Trouble{1, driver.error().message};
  if (t) {
    while (control->bell.load(std::memory_order_acquire) == 0)
      syscall(SYS_futex, &control->bell, FUTEX_WAIT, 0, nullptr, nullptr, 0);
    control->status = t.status;
    std::snprintf(control->message, sizeof control->message, "%s", t.what.c_str());
    control->answer.store(phase_word(1, Phase::refused), std::memory_order_release);
    syscall(SYS_futex, &control->answer, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
    return 0;
  }
  // Copies from memory that is not pinned are only slower.
  (void)table.host_register(staging, staging_bytes, 0);
  return server.serve();
}

// Counting takes nothing but what Command::count brings in: a process of its own is what it is about.
int profile_main(int argc, char** argv) {
  return lane_main(argc, argv);
}

}  // namespace ridge::cuda
